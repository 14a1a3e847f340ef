"""Multiplication."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Multiplication(Problem[int]):
    """Multiply two integers."""

    answer = Integer()
    ladder = Ladder(digits=linear(2))
    left: int
    right: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        """`digits` are shared by the two factors; neither is 0 or shorter than its share."""
        long, short = (digits + 1) // 2, digits // 2
        return cls(left=rng.randrange(10 ** (long - 1), 10**long), right=rng.randrange(10 ** (short - 1), 10**short))

    def prompt(self) -> str:
        return f"What is {self.left} * {self.right}?"

    def solution(self) -> int:
        return self.left * self.right
