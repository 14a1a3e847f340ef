"""A matrix read along its diagonals."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.grids._cells import cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import positions


@dataclass(frozen=True)
class DiagonalTraversal(Problem[list[int]]):
    """List the entries of a matrix diagonal by diagonal."""

    answer = Integers()
    ladder = Ladder(total=linear(4))  # height + width
    matrix: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        return cls(cut(rng.sample(range(max(10, 2 * height * width)), height * width), width))

    def prompt(self) -> str:
        return (
            "List the entries diagonal by diagonal from the top left corner to the bottom right corner, each diagonal "
            f"from its bottom left end up to its top right end:\n{written(self.matrix)}"
        )

    def solution(self) -> list[int]:
        height, width = len(self.matrix), len(self.matrix[0])
        return [
            self.matrix[row][place - row]
            for place in range(height + width - 1)
            for row in range(min(height - 1, place), max(0, place - width + 1) - 1, -1)
        ]

    def verify(self, answer: list[int]) -> float | None:
        return positions(answer, self.solution(), power=5)
