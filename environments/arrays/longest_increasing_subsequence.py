"""Longest increasing subsequences."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import is_subsequence
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LongestIncreasingSubsequence(Problem[list[int]]):
    """Find a longest strictly increasing subsequence."""

    answer = Integers()
    ladder = Ladder(length=linear(4))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(0, 3 * length) for _ in range(length)]
        if all(a < b for a, b in pairwise(values)):
            values = [*values[1:], values[0]]  # or else a copy of the question would be the answer
        return cls(values)

    def prompt(self) -> str:
        return (
            "Delete as few numbers as possible so that each number left is larger than the one before it. "
            f"Give the numbers left: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        chains: list[list[int]] = []  # of each length so far, the one with the smallest end
        for value in self.values:
            place = bisect_left([chain[-1] for chain in chains], value)
            longer = [*chains[place - 1], value] if place else [value]
            chains[place : place + 1] = [longer]
        return chains[-1]

    def verify(self, answer: list[int]) -> float | None:
        if not is_subsequence(answer, self.values) or any(a >= b for a, b in pairwise(answer)):
            return None
        return scores.at_least(len(answer), len(self.solution()))
