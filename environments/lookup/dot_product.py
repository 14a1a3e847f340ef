"""The sum of products."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class DotProduct(Problem[int]):
    """Multiply numbers at equal positions and add the products up."""

    answer = Integer()
    ladder = Ladder(length=linear(2, 0.5), limit=linear(4, 2))
    first: list[int]
    second: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(
            first=[rng.randrange(limit) for _ in range(length)], second=[rng.randrange(limit) for _ in range(length)]
        )

    def prompt(self) -> str:
        return (
            "Multiply each number of the first line by the one below it. What is the sum of the products?\n"
            f"{spaced(self.first)}\n{spaced(self.second)}"
        )

    def solution(self) -> int:
        return sum(a * b for a, b in zip(self.first, self.second, strict=True))
