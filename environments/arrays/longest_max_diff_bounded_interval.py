"""Blocks whose numbers lie close to each other."""

from bisect import insort
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LongestMaxDiffBoundedInterval(Problem[list[int]]):
    """Find a longest block whose largest and smallest number differ by no more than a bound."""

    answer = Integers()
    ladder = Ladder(length=linear(5))
    values: list[int]
    bound: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(0, 2 * length) for _ in range(length)]
        least = min(abs(a - b) for a, b in pairwise(values))  # a smaller bound would leave single numbers
        spread = max(values) - min(values)
        return cls(values, bound=rng.randint(least, max(least, spread * 3 // 4)))

    def prompt(self) -> str:
        return (
            "Find a longest block of neighbouring numbers whose largest and smallest differ by at most "
            f"{self.bound}. Give the positions of its first and its last number, counted from 0: "
            f"{' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        inside: list[int] = []  # the numbers of the block, sorted
        best = [0, 0]
        first = 0
        for last, value in enumerate(self.values):
            insort(inside, value)
            while inside[-1] - inside[0] > self.bound:
                inside.remove(self.values[first])
                first += 1
            if last - first > best[1] - best[0]:
                best = [first, last]
        return best

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2 or not 0 <= answer[0] <= answer[1] < len(self.values):
            return None
        block = self.values[answer[0] : answer[1] + 1]
        if max(block) - min(block) > self.bound:
            return None
        first, last = self.solution()
        return scores.at_least(len(block), last - first + 1)
