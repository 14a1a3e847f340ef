"""Adding and subtracting in turn."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class AlternatingSum(Problem[int]):
    """Add and subtract numbers in turn."""

    answer = Integer()
    ladder = Ladder(length=linear(2), limit=linear(10, 10))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=[rng.randrange(limit) for _ in range(length)])

    def prompt(self) -> str:
        return (
            "Take the first number, subtract the second, add the third, subtract the fourth and so on: "
            f"{spaced(self.values)}"
        )

    def solution(self) -> int:
        return sum(self.values[::2]) - sum(self.values[1::2])
