from dataclasses import dataclass
from math import isqrt
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class Sum_DivisorNum(Problem[int]):
    """Add up the numbers of divisors of all integers in a range."""

    answer = Integer()
    ladder = Ladder(largest=geometric(16, 1.6, most=10**9))
    first: int
    last: int
    total: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        last = rng.randint(largest // 2, largest)
        first = rng.randint(1, last // 2)
        return cls(first, last, _divisors_up_to(last) - _divisors_up_to(first - 1))

    def prompt(self) -> str:
        return f"Add up how many positive divisors each integer from {self.first} to {self.last} has. What is the sum?"

    def solution(self) -> int:
        return self.total


def _divisors_up_to(last: int) -> int:
    """Of all integers from 1: the pairs d * e <= last, mirrored at the diagonal."""
    root = isqrt(last)
    return 2 * sum(last // divisor for divisor in range(1, root + 1)) - root * root
