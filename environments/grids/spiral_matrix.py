"""A matrix read along a spiral."""

from dataclasses import dataclass
from math import isqrt
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import positions


@dataclass(frozen=True)
class SpiralMatrix(Problem[list[int]]):
    """List the entries of a matrix along a spiral."""

    answer = Integers()
    ladder = Ladder(cells=linear(4, 2))
    matrix: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, cells: int) -> Self:
        """At most `cells` entries, all different, in a square or a long or high matrix."""
        rows = rng.randint(2, isqrt(cells))
        columns = cells // rows
        if rng.randrange(2):
            rows, columns = columns, rows
        entries = rng.sample(range(2 * cells), rows * columns)
        return cls([entries[row * columns : (row + 1) * columns] for row in range(rows)])

    def prompt(self) -> str:
        return "List the entries clockwise in a spiral from the top left corner inwards, moving right first:\n" + (
            "\n".join(" ".join(map(str, row)) for row in self.matrix)
        )

    def solution(self) -> list[int]:
        spiral: list[int] = []
        rest = self.matrix
        while rest:
            spiral += rest[0]
            # The rest, turned a quarter to the left, has its next row on top.
            rest = [list(column) for column in zip(*rest[1:], strict=True)][::-1]
        return spiral

    def verify(self, answer: list[int]) -> float | None:
        return positions(answer, self.solution(), power=5)
