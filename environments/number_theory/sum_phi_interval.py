from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import totient
from environments.problem import Problem


@dataclass(frozen=True)
class SumPHIInterval(Problem[int]):
    """Add up how many smaller integers are not coprime to x, over an interval of x."""

    answer = Integer()
    ladder = Ladder(length=geometric(5, 1.2, add=1, most=400))
    first: int
    last: int
    total: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        first = rng.randint(1, length**2)
        last = first + rng.randint(1, length)
        return cls(first, last, sum(x - totient(x) for x in range(first, last + 1)))

    def prompt(self) -> str:
        return (
            "Let F(x) be how many of the integers from 1 to x have a common divisor above 1 with x. "
            f"What is the sum of F(x) over all x from {self.first} to {self.last}?"
        )

    def solution(self) -> int:
        return self.total
