from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import primes_up_to
from environments.problem import Problem


@dataclass(frozen=True)
class SumLCM(Problem[int]):
    """Add up the least common multiples of all pairs up to two limits."""

    answer = Integer()
    ladder = Ladder(largest=geometric(7, 1.25, add=4, most=20_000))
    rows: int
    columns: int
    total: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        rows, columns = rng.randint(2, largest), rng.randint(2, largest)
        # lcm(x, y) = x * y / gcd, and the weights of the divisors of g add up to 1 / g, here times g squared.
        weights = list(range(min(rows, columns) + 1))
        for prime in primes_up_to(len(weights) - 1):
            for multiple in range(prime, len(weights), prime):
                weights[multiple] *= 1 - prime
        total = sum(weight * _sum(rows // d) * _sum(columns // d) for d, weight in enumerate(weights) if d)
        return cls(rows, columns, total)

    def prompt(self) -> str:
        return (
            "What is the sum of the least common multiples of x and y over all pairs "
            f"with x from 1 to {self.rows} and y from 1 to {self.columns}?"
        )

    def solution(self) -> int:
        return self.total


def _sum(last: int) -> int:
    return last * (last + 1) // 2
