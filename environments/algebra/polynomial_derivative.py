"""Derivatives of polynomials."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._polynomials import drawn, powers, written
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PolynomialDerivative(Problem[list[int]]):
    """Differentiate a polynomial."""

    answer = Integers()
    ladder = Ladder(degree=linear(2), largest=linear(5, 2))
    coefficients: list[int]

    @classmethod
    def generate(cls, rng: Random, degree: int, largest: int) -> Self:
        return cls(drawn(rng, degree, largest))

    def prompt(self) -> str:
        asked = powers(len(self.coefficients) - 2)
        return (
            f"Give the coefficients of {asked}, zeros too, in the derivative of {written(self.coefficients)} "
            "with respect to x."
        )

    def solution(self) -> list[int]:
        return [power * coefficient for power, coefficient in enumerate(self.coefficients)][1:]

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
