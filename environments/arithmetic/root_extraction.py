"""Roots as decimal numbers."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Self

from environments.answers import Decimal
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RootExtraction(Problem[Fraction]):
    """Extract a root to some decimal places."""

    answer = Decimal()
    ladder = Ladder(degree=linear(2, 0.25), digits=linear(2), places=linear(1, 0.5, most=5))
    number: int
    degree: int
    places: int

    @classmethod
    def generate(cls, rng: Random, degree: int, digits: int, places: int) -> Self:
        number, degree = rng.randrange(10 ** (digits - 1), 10**digits), rng.randint(2, degree)
        # A root that comes out even would have no decimals; the next number is no power then.
        return cls(number + (_root(number, degree) ** degree == number), degree, places)

    def prompt(self) -> str:
        return (
            f"For which x > 0 is x^{self.degree} = {self.number}? Give x to {self.places} decimal "
            f"place{'s' if self.places > 1 else ''}, rounded down."
        )

    def solution(self) -> Fraction:
        scale = 10**self.places
        return Fraction(_root(self.number * scale**self.degree, self.degree), scale)

    def verify(self, answer: Fraction) -> float | None:
        """A root that is off by a few units of the last place earns a share."""
        off = abs(answer - self.solution()) * 10**self.places
        return 1.0 if off == 0 else float(1 / (2 + 2 * off)) if off < 100 else 0.0


def _root(number: int, degree: int) -> int:
    """The root of a positive integer, rounded down, by Newton's method from above."""
    root = 1 << -(-number.bit_length() // degree)
    while True:
        nearer = ((degree - 1) * root + number // root ** (degree - 1)) // degree
        if nearer >= root:
            return root
        root = nearer
