"""Moving blocks from high towers to low ones."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class KloBlocks(Problem[int]):
    """Move surplus between neighbours to make a long block of large numbers."""

    answer = Integer()
    ladder = Ladder(length=linear(6))
    values: list[int]
    bound: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        problem = cls._draw(rng, length)
        for _ in range(30):
            if 1 < problem.solution() < length:
                break
            problem = cls._draw(rng, length)
        return problem

    @classmethod
    def _draw(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(1, 2 * length) for _ in range(length)]
        mean = sum(values) // length
        return cls(values, bound=rng.randint(mean, (mean + max(values)) // 2))

    def prompt(self) -> str:
        return (
            f"A move takes a number larger than {self.bound}, lowers it by 1 and raises one of its neighbours by 1. "
            f"After any moves, how long can a block of neighbouring numbers be that are all {self.bound} or more: "
            f"{' '.join(map(str, self.values))}"
        )

    def solution(self) -> int:
        # A block can be mended from inside if its mean reaches the bound, and nothing from outside helps more than
        # taking the outside in.
        sums = [*accumulate((value - self.bound for value in self.values), initial=0)]
        starts: list[int] = []  # places before which no sum was as small
        for place, total in enumerate(sums):
            if not starts or total < sums[starts[-1]]:
                starts.append(place)
        longest = 0
        for end in range(len(sums) - 1, -1, -1):
            while starts and sums[starts[-1]] <= sums[end]:
                longest = max(longest, end - starts.pop())
        return longest
