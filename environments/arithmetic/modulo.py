"""The remainder of a division."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Modulo(Problem[int]):
    """Divide one integer by another and keep the remainder."""

    answer = Integer()
    ladder = Ladder(digits=linear(2))
    dividend: int
    divisor: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        """`digits` are shared by the quotient and the divisor."""
        quotient = rng.randrange(10 ** ((digits + 1) // 2))
        divisor = rng.randrange(2, 10 ** (digits // 2))
        return cls(dividend=divisor * quotient + rng.randrange(divisor), divisor=divisor)

    def prompt(self) -> str:
        return f"What is the remainder of {self.dividend} divided by {self.divisor}?"

    def solution(self) -> int:
        return self.dividend % self.divisor
