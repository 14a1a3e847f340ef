"""Determinants."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.algebra._matrices import written
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Determinant(Problem[int]):
    """Find the determinant of a matrix."""

    answer = Integer()
    ladder = Ladder(size=linear(2, 0.34), largest=linear(4))
    matrix: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, size: int, largest: int) -> Self:
        return cls([[rng.randint(-largest, largest) for _ in range(size)] for _ in range(size)])

    def prompt(self) -> str:
        return f"What is the determinant of this matrix?\n{written(self.matrix)}"

    def solution(self) -> int:
        """By elimination without fractions: each division by the pivot before comes out even."""
        rows = [list(row) for row in self.matrix]
        sign, before = 1, 1
        for place in range(len(rows) - 1):
            pivot = next((row for row in range(place, len(rows)) if rows[row][place]), None)
            if pivot is None:
                return 0
            if pivot != place:
                rows[place], rows[pivot], sign = rows[pivot], rows[place], -sign
            top = rows[place]
            for row in rows[place + 1 :]:
                head = row[place]
                for column in range(place + 1, len(row)):
                    row[column] = (row[column] * top[place] - head * top[column]) // before
            before = top[place]
        return sign * rows[-1][-1]
