from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import coprime_pairs, primes_up_to
from environments.problem import Problem


@dataclass(frozen=True)
class GCDPrime_Counting(Problem[int]):
    """Count the pairs of integers up to two limits whose greatest common divisor is a prime."""

    answer = Integer()
    ladder = Ladder(largest=geometric(12, 1.3, add=5, most=10_000))
    rows: int
    columns: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        rows, columns = rng.randint(largest // 3, largest), rng.randint(largest // 3, largest)
        primes = primes_up_to(min(rows, columns))
        return cls(rows, columns, sum(coprime_pairs(rows // prime, columns // prime) for prime in primes))

    def prompt(self) -> str:
        return (
            "How many pairs x, y have a prime as their greatest common divisor, "
            f"with x from 1 to {self.rows} and y from 1 to {self.columns}?"
        )

    def solution(self) -> int:
        return self.count
