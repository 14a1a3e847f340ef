"""Sums of polynomials."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._polynomials import drawn, powers, total, written
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PolynomialAddition(Problem[list[int]]):
    """Add two polynomials."""

    answer = Integers()
    ladder = Ladder(terms=linear(4), largest=linear(9, 2))
    left: list[int]
    right: list[int]

    @classmethod
    def generate(cls, rng: Random, terms: int, largest: int) -> Self:
        """`terms` are shared by the two polynomials."""
        return cls(drawn(rng, (terms + 1) // 2 - 1, largest), drawn(rng, terms // 2 - 1, largest))

    def prompt(self) -> str:
        return (
            f"Give the coefficients of {powers(len(self.left) - 1)}, zeros too, in the sum of {written(self.left)} "
            f"and {written(self.right)}."
        )

    def solution(self) -> list[int]:
        return total(self.left, self.right)

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
