from dataclasses import dataclass
from math import prod
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.number_theory._divisors import primes_up_to
from environments.problem import Problem


@dataclass(frozen=True)
class GcdLcmCounting(Problem[int]):
    """Count the pairs that have a given greatest common divisor and a given least common multiple."""

    answer = Integer()
    ladder = Ladder(primes=linear(3, 0.25, most=12), largest_gcd=geometric(6, 2))
    divisor: int
    multiple: int
    count: int

    @classmethod
    def generate(cls, rng: Random, primes: int, largest_gcd: int) -> Self:
        """Pairs are as many as the subsets of primes whose exponents differ; their number is drawn first."""
        divisor = rng.randint(2, largest_gcd)
        chosen = rng.sample(primes_up_to(60)[: primes + 2], rng.randint(max(0, primes - 4), primes))
        multiple = divisor * prod(prime ** rng.choice((1, 1, 2)) for prime in chosen)
        if rng.randrange(12) == 0:
            return cls(divisor, multiple + rng.randrange(1, divisor), 0)
        return cls(divisor, multiple, 2 ** len(chosen))

    def prompt(self) -> str:
        return (
            "How many ordered pairs of positive integers have the greatest common divisor "
            f"{self.divisor} and the least common multiple {self.multiple}?"
        )

    def solution(self) -> int:
        return self.count
