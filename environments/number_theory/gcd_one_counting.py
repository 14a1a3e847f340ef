"""Pairs without a common divisor."""

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
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
        return cls(rows, columns, _coprime_pairs(rows, columns))

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


def _coprime_pairs(rows: int, columns: int) -> int:
    """All pairs less those with the greatest common divisor 2, 3, …, which are coprime pairs within smaller limits."""

    @cache
    def count(rows: int, columns: int) -> int:
        total = rows * columns
        divisor, last = 2, min(rows, columns)
        while divisor <= last:
            # The limits divided by `divisor` stay the same up to `end`.
            end = min(rows // (rows // divisor), columns // (columns // divisor))
            total -= (end - divisor + 1) * count(rows // divisor, columns // divisor)
            divisor = end + 1
        return total

    return count(rows, columns)
