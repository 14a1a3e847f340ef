from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.number_theory._divisors import is_prime
from environments.problem import Problem


@dataclass(frozen=True)
class CountPrimes(Problem[int]):
    """Count the primes in a range."""

    answer = Integer()
    ladder = Ladder(largest=geometric(20, 1.5, most=10**12), width=linear(8, 3))
    first: int
    last: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int, width: int) -> Self:
        first = rng.randint(1, largest)
        last = first + rng.randint(width // 2, width)
        return cls(first, last, sum(map(is_prime, range(first, last + 1))))

    def prompt(self) -> str:
        return f"How many prime numbers are there from {self.first} to {self.last}, both included?"

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer >= 0 else None
