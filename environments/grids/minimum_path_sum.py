"""Cheapest paths down and right."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Integer
from environments.grids._cells import cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MinimumPathSum(Problem[int]):
    """Find the least sum of a path through a matrix that goes right and down."""

    answer = Integer()
    ladder = Ladder(total=linear(4), largest=linear(9, 2))  # height + width
    matrix: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, total: int, largest: int) -> Self:
        height, width = sides(rng, total)
        return cls(cut([rng.randint(1, largest) for _ in range(height * width)], width))

    def prompt(self) -> str:
        return (
            "Go from the top left to the bottom right entry, each step right or down. "
            f"What is the least possible sum of all entries on the way?\n{written(self.matrix)}"
        )

    def solution(self) -> int:
        sums = [sum(self.matrix[0][: place + 1]) for place in range(len(self.matrix[0]))]
        for row in self.matrix[1:]:
            sums[0] += row[0]
            for (left, place), entry in zip(pairwise(range(len(row))), row[1:], strict=True):
                sums[place] = entry + min(sums[left], sums[place])
        return sums[-1]
