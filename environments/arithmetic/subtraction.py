"""Subtraction."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Subtraction(Problem[int]):
    """Subtract one integer from another."""

    answer = Integer()
    ladder = Ladder(digits=linear(2))
    left: int
    right: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        """`digits` are shared by the two numbers; either may be the larger one."""
        left, right = rng.randrange(10 ** ((digits + 1) // 2)), rng.randrange(10 ** (digits // 2))
        return cls(left, right) if rng.randrange(4) else cls(right, left)

    def prompt(self) -> str:
        return f"What is {self.left} - {self.right}?"

    def solution(self) -> int:
        return self.left - self.right
