"""The transpose of a matrix."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.grids._cells import alike, cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MatrixTranspose(Problem[list[list[int]]]):
    """Turn the rows of a matrix into columns."""

    answer = Rows()
    ladder = Ladder(total=linear(4))  # height + width
    matrix: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        # Few equal entries: where rows and columns read the same there is nothing to do.
        return cls(cut(rng.sample(range(max(10, 2 * height * width)), height * width), width))

    def prompt(self) -> str:
        return f"Transpose this matrix, so that its first column becomes the first row:\n{written(self.matrix)}"

    def solution(self) -> list[list[int]]:
        return [list(column) for column in zip(*self.matrix, strict=True)]

    def verify(self, answer: list[list[int]]) -> float | None:
        return alike(answer, self.solution(), power=5)
