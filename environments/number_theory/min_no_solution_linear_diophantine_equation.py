from dataclasses import dataclass
from math import gcd
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class MinNoSolutionLinearDiophantineEquation(Problem[int]):
    """Find the largest amount that two coin values cannot add up to."""

    answer = Integer()
    ladder = Ladder(largest=geometric(10, 1.7))
    left: int
    right: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        left, right = rng.randint(2, largest), rng.randint(2, largest)
        while gcd(left, right) > 1:
            right += 1
        return cls(left, right)

    def prompt(self) -> str:
        return (
            f"There are only coins of {self.left} and of {self.right}, as many as you like. "
            "What is the largest amount that cannot be paid exactly?"
        )

    def solution(self) -> int:
        return self.left * self.right - self.left - self.right
