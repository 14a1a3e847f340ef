"""The greatest common divisor of two integers."""

from dataclasses import dataclass
from math import gcd
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class GCD(Problem[int]):
    """Find the greatest common divisor of two integers."""

    answer = Integer()
    ladder = Ladder(digits=linear(2))
    left: int
    right: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        """`digits` are shared by the divisor and the factors next to it.

        The divisor is drawn first: that of two random integers is 1 in three of five cases.
        """
        divisor = rng.randrange(1, 10 ** (digits // 2))
        limit = 10 ** ((digits + 1) // 2)
        left, right = rng.randrange(1, limit), rng.randrange(1, limit)
        shared = gcd(left, right)
        return cls(left=left // shared * divisor, right=right // shared * divisor)

    def prompt(self) -> str:
        return f"What is the greatest common divisor of {self.left} and {self.right}?"

    def solution(self) -> int:
        return gcd(self.left, self.right)
