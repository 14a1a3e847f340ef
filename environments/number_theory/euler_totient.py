from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import totient
from environments.problem import Problem


@dataclass(frozen=True)
class EulerTotient(Problem[int]):
    """Count the integers up to n that are coprime to n."""

    answer = Integer()
    ladder = Ladder(largest=geometric(60, 2.2, most=10**9))
    number: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        number = rng.randint(largest // 6, largest)
        return cls(number, totient(number))

    def prompt(self) -> str:
        return f"How many of the integers from 1 to {self.number} have no common divisor above 1 with {self.number}?"

    def solution(self) -> int:
        return self.count
