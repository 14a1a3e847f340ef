from dataclasses import dataclass
from math import lcm
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LCM(Problem[int]):
    """Find the least common multiple of two integers."""

    answer = Integer()
    ladder = Ladder(digits=linear(2))
    left: int
    right: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        """`digits` are shared by a common divisor and the factors next to it: two random integers seldom have one."""
        divisor = rng.randrange(2, 10 ** (digits // 2))
        limit = 10 ** ((digits + 1) // 2)
        return cls(left=rng.randrange(1, limit) * divisor, right=rng.randrange(1, limit) * divisor)

    def prompt(self) -> str:
        return f"What is the least common multiple of {self.left} and {self.right}?"

    def solution(self) -> int:
        return lcm(self.left, self.right)
