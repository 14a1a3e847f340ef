"""Addition of binary numbers."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BinaryAddition(Problem[str]):
    """Add two binary numbers."""

    answer = Letters("01", "binary digits")
    ladder = Ladder(digits=linear(6))
    left: str
    right: str

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        """`digits` are shared by the two numbers."""
        return cls(*(f"{rng.randrange(1, 2**count):b}" for count in ((digits + 1) // 2, digits // 2)))

    def prompt(self) -> str:
        return f"What is the sum of the binary numbers {self.left} and {self.right}, in binary without leading zeros?"

    def solution(self) -> str:
        return f"{int(self.left, 2) + int(self.right, 2):b}"
