"""Adding numbers up."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class SumList(Problem[int]):
    """Add numbers up."""

    answer = Integer()
    ladder = Ladder(length=linear(2), limit=linear(10, 10))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=[rng.randrange(limit) for _ in range(length)])

    def prompt(self) -> str:
        return f"What is the sum: {spaced(self.values)}"

    def solution(self) -> int:
        return sum(self.values)
