"""Counting even numbers."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class CountEvens(Problem[int]):
    """Count the even numbers."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        evens = rng.randint(0, length)
        values = [2 * rng.randrange(50) + (place >= evens) for place in range(length)]
        rng.shuffle(values)
        return cls(values=values)

    def prompt(self) -> str:
        return f"How many of these numbers are even: {spaced(self.values)}"

    def solution(self) -> int:
        return sum(value % 2 == 0 for value in self.values)
