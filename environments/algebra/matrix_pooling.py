"""Maxima of the squares in a matrix."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.algebra._matrices import share_of_entries, written
from environments.answers import Rows
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MatrixPooling(Problem[list[list[int]]]):
    """Find the maxima of all squares of a size in a matrix."""

    answer = Rows()
    ladder = Ladder(sides=linear(6), largest_side=linear(2, 0.25, most=3))
    matrix: list[list[int]]
    side: int

    @classmethod
    def generate(cls, rng: Random, sides: int, largest_side: int) -> Self:
        height, width = sides // 2, sides - sides // 2
        matrix = [[rng.randint(0, height * width) for _ in range(width)] for _ in range(height)]
        return cls(matrix, rng.randint(2, largest_side))

    def prompt(self) -> str:
        height, width = len(self.matrix) - self.side + 1, len(self.matrix[0]) - self.side + 1
        return (
            f"Give the largest entry of each {self.side} x {self.side} square of neighbouring entries, overlapping "
            f"squares too, as {height} rows of {width} in the order of the squares:\n{written(self.matrix)}"
        )

    def solution(self) -> list[list[int]]:
        rows = [[max(row[left : left + self.side]) for left in range(len(row) - self.side + 1)] for row in self.matrix]
        bands = (rows[top : top + self.side] for top in range(len(rows) - self.side + 1))
        return [[max(column) for column in zip(*band, strict=True)] for band in bands]

    def verify(self, answer: list[list[int]]) -> float | None:
        return share_of_entries(answer, self.solution())
