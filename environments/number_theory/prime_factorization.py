from dataclasses import dataclass
from math import prod
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.number_theory._divisors import primes_up_to
from environments.problem import Problem


@dataclass(frozen=True)
class PrimeFactorization(Problem[list[int]]):
    """Write an integer as a product of primes."""

    answer = Integers()
    ladder = Ladder(factors=linear(3, 0.4), primes=linear(5, most=60))
    number: int
    factors: list[int]

    @classmethod
    def generate(cls, rng: Random, factors: int, primes: int) -> Self:
        chosen = sorted(rng.choices(primes_up_to(300)[:primes], k=rng.randint(2, factors)))
        return cls(prod(chosen), chosen)

    def prompt(self) -> str:
        return f"Write {self.number} as a product of primes and give them all, also repeated ones, smallest first."

    def solution(self) -> list[int]:
        return self.factors
