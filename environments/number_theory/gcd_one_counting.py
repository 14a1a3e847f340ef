"""Pairs without a common divisor."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import coprime_pairs
from environments.problem import Problem
from environments.scores import exact


@dataclass(frozen=True)
class GCDOne_Counting(Problem[int]):
    """Count the pairs of integers up to two limits whose greatest common divisor is 1."""

    answer = Integer()
    ladder = Ladder(largest=geometric(7, 1.2, add=5))
    rows: int
    columns: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        rows, columns = rng.randint(1, largest), rng.randint(1, largest)
        return cls(rows, columns, coprime_pairs(rows, columns))

    def prompt(self) -> str:
        return (
            "How many pairs x, y have the greatest common divisor 1, "
            f"with x from 1 to {self.rows} and y from 1 to {self.columns}?"
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        # No credit for nearness: 0.61 * rows * columns is always near.
        return exact(answer == self.count) if answer > 0 else None
