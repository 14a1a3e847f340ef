"""Products of matrices."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.algebra._matrices import product, share_of_entries, written
from environments.answers import Rows
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MatrixMultiplication(Problem[list[list[int]]]):
    """Multiply two matrices."""

    answer = Rows()
    ladder = Ladder(sides=linear(5), largest=linear(4))
    left: list[list[int]]
    right: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, sides: int, largest: int) -> Self:
        """`sides` are shared by the rows, the columns and the side that the two matrices have in common."""
        columns, rows, inner = (sides // 3, (sides + 1) // 3, (sides + 2) // 3)
        left, right = (
            [[rng.randint(0, largest) for _ in range(width)] for _ in range(height)]
            for height, width in ((rows, inner), (inner, columns))
        )
        return cls(left, right)

    def prompt(self) -> str:
        return f"Multiply the matrix\n{written(self.left)}\nby the matrix\n{written(self.right)}"

    def solution(self) -> list[list[int]]:
        return product(self.left, self.right)

    def verify(self, answer: list[list[int]]) -> float | None:
        return share_of_entries(answer, self.solution())
