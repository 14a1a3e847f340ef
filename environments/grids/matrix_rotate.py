"""A matrix turned by quarters."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.grids._cells import alike, cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem

TURNS = ("", "90 degrees clockwise", "180 degrees", "90 degrees counterclockwise")


@dataclass(frozen=True)
class MatrixRotate(Problem[list[list[int]]]):
    """Turn a matrix by a quarter, a half or three quarters."""

    answer = Rows()
    ladder = Ladder(total=linear(4))  # height + width
    matrix: list[list[int]]
    quarters: int  # clockwise

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        matrix = cut(rng.sample(range(max(10, 2 * height * width)), height * width), width)
        return cls(matrix, rng.randint(1, 3))

    def prompt(self) -> str:
        return f"Rotate this matrix {TURNS[self.quarters]}:\n{written(self.matrix)}"

    def solution(self) -> list[list[int]]:
        turned = self.matrix
        for _ in range(self.quarters):
            turned = [list(column) for column in zip(*turned[::-1], strict=True)]
        return turned

    def verify(self, answer: list[list[int]]) -> float | None:
        return alike(answer, self.solution(), power=5)
