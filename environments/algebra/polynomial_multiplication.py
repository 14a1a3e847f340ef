"""Products of polynomials."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._polynomials import drawn, powers, product, written
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PolynomialMultiplication(Problem[list[int]]):
    """Multiply two polynomials."""

    answer = Integers()
    ladder = Ladder(degrees=linear(2), largest=linear(4))
    left: list[int]
    right: list[int]

    @classmethod
    def generate(cls, rng: Random, degrees: int, largest: int) -> Self:
        """`degrees` are shared by the two factors."""
        return cls(drawn(rng, (degrees + 1) // 2, largest), drawn(rng, degrees // 2, largest))

    def prompt(self) -> str:
        return (
            f"Give the coefficients of {powers(len(self.left) + len(self.right) - 2)}, zeros too, in "
            f"({written(self.left)}) * ({written(self.right)})."
        )

    def solution(self) -> list[int]:
        return product(self.left, self.right)

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
