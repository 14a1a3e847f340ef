from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class NumberPartitionCounting(Problem[int]):
    """Count the ways to write an integer as a sum of a given number of positive integers."""

    answer = Integer()
    ladder = Ladder(largest=geometric(20, 1.6, most=4_000), parts=linear(4, 2, most=40))
    total: int
    parts: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int, parts: int) -> Self:
        total = rng.randint(max(6, largest // 3), largest)
        parts = rng.randint(2, min(parts, total // 2))
        # One of every part is given; the rest is a sum of numbers up to `parts`, read along the columns.
        ways = [1, *[0] * (total - parts)]
        for size in range(1, parts + 1):
            for amount in range(size, len(ways)):
                ways[amount] += ways[amount - size]
        return cls(total, parts, ways[-1])

    def prompt(self) -> str:
        return (
            f"In how many ways is {self.total} a sum of {self.parts} positive integers? "
            "Sums that differ only in the order of their terms are the same."
        )

    def solution(self) -> int:
        return self.count
