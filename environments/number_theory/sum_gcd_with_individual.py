from dataclasses import dataclass
from math import prod
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import factorise
from environments.problem import Problem


@dataclass(frozen=True)
class SumGCDWithIndividual(Problem[int]):
    """Add up the greatest common divisors that an integer has with all integers up to it."""

    answer = Integer()
    ladder = Ladder(largest=geometric(24, 2.3, most=10**8))
    number: int
    total: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        number = rng.randint(2, 4) * rng.randint(2, largest)  # for a prime p it would be 2p - 1
        powers = factorise(number).items()
        total = prod(prime ** (exponent - 1) * (exponent * (prime - 1) + prime) for prime, exponent in powers)
        return cls(number, total)

    def prompt(self) -> str:
        return f"What is the sum of gcd(x, {self.number}) over all x from 1 to {self.number}?"

    def solution(self) -> int:
        return self.total
