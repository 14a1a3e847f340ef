"""Polynomials through given points."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._polynomials import drawn, powers, value
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PolynomialInterpolation(Problem[list[int]]):
    """Find the polynomial that has given values."""

    answer = Integers()
    ladder = Ladder(degree=linear(1, 0.5), largest=linear(5, 0.5))
    coefficients: list[int]
    places: list[int]

    @classmethod
    def generate(cls, rng: Random, degree: int, largest: int) -> Self:
        return cls(drawn(rng, degree, largest), rng.sample(range(-degree - 1, degree + 2), degree + 1))

    def prompt(self) -> str:
        degree = len(self.coefficients) - 1
        values = ", ".join(f"f({x}) = {value(self.coefficients, x)}" for x in self.places)
        return (
            f"The polynomial f has degree {degree} and {values}. Give its coefficients of {powers(degree)}, zeros too."
        )

    def solution(self) -> list[int]:
        return self.coefficients

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.coefficients)
