"""Values of polynomials."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.algebra._polynomials import drawn, value, written
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PolynomialEvaluation(Problem[int]):
    """Evaluate a polynomial at an integer."""

    answer = Integer()
    ladder = Ladder(degree=linear(1, 0.5), largest=linear(4))
    coefficients: list[int]
    x: int

    @classmethod
    def generate(cls, rng: Random, degree: int, largest: int) -> Self:
        return cls(drawn(rng, degree, largest), rng.randint(-largest, largest))

    def prompt(self) -> str:
        return f"What is {written(self.coefficients)} for x = {self.x}?"

    def solution(self) -> int:
        return value(self.coefficients, self.x)
