from dataclasses import dataclass
from math import gcd
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class CongruentEquation(Problem[int]):
    """Find the smallest positive multiplier that leaves the remainder 1."""

    answer = Integer()
    ladder = Ladder(largest=geometric(20, 1.8))
    factor: int
    modulus: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        modulus = rng.randint(7, largest)
        factor = rng.randint(2, 2 * modulus)
        # From 7 on some residue other than 1 and -1 has an inverse, and the next one is near.
        while gcd(factor, modulus) > 1 or factor % modulus in (1, modulus - 1):
            factor += 1
        return cls(factor, modulus)

    def prompt(self) -> str:
        return (
            f"What is the smallest positive integer x for which {self.factor} * x "
            f"leaves the remainder 1 when divided by {self.modulus}?"
        )

    def solution(self) -> int:
        return pow(self.factor, -1, self.modulus)
