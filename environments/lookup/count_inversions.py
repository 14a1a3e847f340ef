"""Pairs of numbers in the wrong order."""

from bisect import bisect_right
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import distinct, spaced
from environments.problem import Problem


@dataclass(frozen=True)
class CountInversions(Problem[int]):
    """Count the pairs of numbers in which the larger stands first."""

    answer = Integer()
    ladder = Ladder(length=linear(3), limit=linear(10, 5))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=distinct(rng, length, limit))

    def prompt(self) -> str:
        return (
            "Take every pair of these numbers, neighbours or not. In how many pairs does the larger number stand "
            f"before the smaller one: {spaced(self.values)}"
        )

    def solution(self) -> int:
        count = 0
        before: list[int] = []  # sorted
        for value in self.values:
            place = bisect_right(before, value)
            count += len(before) - place
            before.insert(place, value)
        return count

    def verify(self, answer: int) -> float | None:
        pairs = len(self.values) * (len(self.values) - 1) // 2
        return scores.ratio(answer, self.solution()) if 0 <= answer <= pairs else None
