"""Sorting."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, geometric
from environments.problem import Problem
from environments.scores import positions


@dataclass(frozen=True)
class Sorting(Problem[list[int]]):
    """Sort a list of integers."""

    answer = Integers()
    ladder = Ladder(length=geometric(3, 1.1, add=1, most=500))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(0, 5 * length) for _ in range(length)]
        if values == sorted(values):
            values = [*values[1:], values[0]]  # or else a copy of the question would be the answer
        return cls(values)

    def prompt(self) -> str:
        return f"Sort in ascending order: {' '.join(map(str, self.values))}"

    def solution(self) -> list[int]:
        return sorted(self.values)

    def verify(self, answer: list[int]) -> float | None:
        return positions(answer, self.solution())
