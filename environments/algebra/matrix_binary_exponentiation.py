"""Powers of matrices."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.algebra._matrices import product, share_of_entries, written
from environments.answers import Rows
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Matrix_BinaryExponentiation(Problem[list[list[int]]]):
    """Raise a matrix to a power modulo 10000."""

    answer = Rows()
    ladder = Ladder(size=linear(2, 0.25, most=9), largest_exponent=geometric(3, 2), digits=linear(1, 0.5, most=4))
    matrix: list[list[int]]
    exponent: int

    @classmethod
    def generate(cls, rng: Random, size: int, largest_exponent: int, digits: int) -> Self:
        matrix = [[rng.randrange(10**digits) for _ in range(size)] for _ in range(size)]
        return cls(matrix, rng.randint(max(2, largest_exponent // 2), largest_exponent))

    def prompt(self) -> str:
        return (
            f"Raise this matrix to the power {self.exponent} and give the remainders of its entries divided by 10000.\n"
            f"{written(self.matrix)}"
        )

    def solution(self) -> list[list[int]]:
        result = self.matrix
        for bit in f"{self.exponent:b}"[1:]:
            result = _reduced(product(result, result))
            if bit == "1":
                result = _reduced(product(result, self.matrix))
        return result

    def verify(self, answer: list[list[int]]) -> float | None:
        size = len(self.matrix)
        if [len(row) for row in answer] != [size] * size:
            return None
        return share_of_entries(answer, self.solution())


def _reduced(matrix: list[list[int]]) -> list[list[int]]:
    return [[entry % 10000 for entry in row] for row in matrix]
