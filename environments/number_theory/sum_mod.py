from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class SumMOD(Problem[int]):
    """Add up products of two remainders over all pairs of different divisors."""

    answer = Integer()
    ladder = Ladder(largest=geometric(9, 1.25, add=4, most=20_000))
    left: int
    right: int
    total: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        left, right = rng.randint(4, largest), rng.randint(4, largest)
        total = sum(left % i for i in range(1, left + 1)) * sum(right % j for j in range(1, right + 1))
        total -= sum((left % i) * (right % i) for i in range(1, min(left, right) + 1))
        return cls(left, right, total)

    def prompt(self) -> str:
        return (
            f"What is the sum of ({self.left} mod i) * ({self.right} mod j) over all pairs "
            f"with i from 1 to {self.left}, j from 1 to {self.right} and i not equal to j?"
        )

    def solution(self) -> int:
        return self.total
