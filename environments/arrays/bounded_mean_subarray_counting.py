"""Blocks with a large mean."""

from bisect import bisect_right, insort
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BoundedMeanSubarrayCounting(Problem[int]):
    """Count the blocks of a list whose mean reaches a bound."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    values: list[int]
    bound: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(0, 2 * length) for _ in range(length)]
        low, high = min(values), max(values)
        return cls(values, bound=rng.randint(min(low + 1, high), high))

    def prompt(self) -> str:
        return (
            f"How many blocks of neighbouring numbers, single numbers too, have a mean of at least {self.bound}: "
            f"{' '.join(map(str, self.values))}"
        )

    def solution(self) -> int:
        # A block reaches the bound if the sum of (value - bound) before it is at most that up to its end.
        before = [0]
        count = total = 0
        for value in self.values:
            total += value - self.bound
            count += bisect_right(before, total)
            insort(before, total)
        return count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
