"""Counting numbers above a bound."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class CountGreaterThan(Problem[int]):
    """Count the numbers greater than a bound."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    values: list[int]
    bound: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randrange(100) for _ in range(length)]
        # Often one of the numbers itself, which does not count.
        return cls(values=values, bound=rng.choice((rng.randrange(100), rng.choice(values))))

    def prompt(self) -> str:
        return f"How many of these numbers are greater than {self.bound}: {spaced(self.values)}"

    def solution(self) -> int:
        return sum(value > self.bound for value in self.values)
