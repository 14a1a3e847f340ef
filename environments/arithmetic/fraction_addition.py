"""The sum of fractions."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Self

from environments.answers import Rational
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class FractionAddition(Problem[Fraction]):
    """Add or subtract fractions."""

    answer = Rational()
    ladder = Ladder(fractions=linear(2, 0.25), largest=geometric(5, 1.3, add=1))
    fractions: list[list[int]]  # numerator, which may be negative, and denominator

    @classmethod
    def generate(cls, rng: Random, fractions: int, largest: int) -> Self:
        signs = [1, *rng.choices((1, -1), k=fractions - 1)]
        return cls([[sign * rng.randint(1, largest), rng.randint(2, largest)] for sign in signs])

    def prompt(self) -> str:
        (first, below), *rest = self.fractions
        terms = [f"{first}/{below}", *(f"{'+' if top > 0 else '-'} {abs(top)}/{low}" for top, low in rest)]
        return f"What is {' '.join(terms)}?"

    def solution(self) -> Fraction:
        return sum((Fraction(top, low) for top, low in self.fractions), Fraction(0))
