"""Division of polynomials with remainder."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._polynomials import drawn, powers, product, total, written
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PolynomialRemainder(Problem[list[int]]):
    """Find the remainder of a polynomial divided by another."""

    answer = Integers()
    ladder = Ladder(degree=linear(3), largest_divisor=linear(2, 0.5), largest=linear(3, 0.5))
    dividend: list[int]
    divisor: list[int]
    remainder: list[int]

    @classmethod
    def generate(cls, rng: Random, degree: int, largest_divisor: int, largest: int) -> Self:
        """The quotient has integer coefficients, so that the remainder has, too."""
        divisor = drawn(rng, rng.randint(2, largest_divisor), largest)
        quotient = drawn(rng, degree - len(divisor) + 1, largest)
        remainder = [rng.randint(-largest, largest) for _ in divisor[1:]]
        return cls(total(product(divisor, quotient), remainder), divisor, remainder)

    def prompt(self) -> str:
        return (
            f"Divide {written(self.dividend)} by {written(self.divisor)}. "
            f"Give the coefficients of {powers(len(self.remainder) - 1)}, zeros too, in the remainder."
        )

    def solution(self) -> list[int]:
        return self.remainder

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.remainder)
