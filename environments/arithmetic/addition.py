"""Addition."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Addition(Problem[int]):
    """Add two integers."""

    answer = Integer()
    ladder = Ladder(digits=linear(2))
    left: int
    right: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        """`digits` are shared by the two numbers, so that a level adds one digit to one of them."""
        return cls(left=rng.randrange(10 ** ((digits + 1) // 2)), right=rng.randrange(10 ** (digits // 2)))

    def prompt(self) -> str:
        return f"What is {self.left} + {self.right}?"

    def solution(self) -> int:
        return self.left + self.right
