"""Cutting a list so that no part is heavy."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import increasing
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Minimum_MaxSlicer(Problem[list[int]]):
    """Cut a list into a given count of blocks so that the largest sum of a block is smallest."""

    answer = Integers()
    ladder = Ladder(length=linear(6))
    values: list[int]
    blocks: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(1, 2 * length) for _ in range(length)]
        return cls(values, blocks=rng.randint(2, length // 2))

    def prompt(self) -> str:
        return (
            f"Cut the list into {self.blocks} blocks of neighbouring numbers, none empty, so that the largest sum of a "
            "block is as small as possible. Give the position of the last number of each block, counted from 0, in "
            f"increasing order: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        low, high = max(self.values), sum(self.values)
        while low < high:
            middle = (low + high) // 2
            low, high = (low, middle) if len(_ends(self.values, middle)) <= self.blocks else (middle + 1, high)
        ends = _ends(self.values, low)
        # More cuts make no block heavier, since all numbers are positive.
        spare = [place for place in range(len(self.values)) if place not in ends]
        return sorted([*ends, *spare[: self.blocks - len(ends)]])

    def verify(self, answer: list[int]) -> float | None:
        last = len(self.values) - 1
        if len(answer) != self.blocks or not increasing(answer, last + 1) or answer[-1] != last:
            return None
        return scores.at_most(_heaviest(self.values, answer), _heaviest(self.values, self.solution()))


def _ends(values: list[int], limit: int) -> list[int]:
    """The ends of the fewest blocks whose sums stay within `limit`."""
    ends: list[int] = []
    total = 0
    for place, value in enumerate(values):
        total += value
        if total > limit:
            ends.append(place - 1)
            total = value
    return [*ends, len(values) - 1]


def _heaviest(values: list[int], ends: list[int]) -> int:
    return max(sum(values[before + 1 : end + 1]) for before, end in pairwise([-1, *ends]))
