"""Sorting, the largest first."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class SortDescending(Problem[list[int]]):
    """Sort a list of integers from the largest to the smallest."""

    answer = Integers()
    ladder = Ladder(length=geometric(3, 1.1, add=1, most=500))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(-2 * length, 3 * length) for _ in range(length)]
        if values == sorted(values, reverse=True):
            values = [*values[1:], values[0]]  # or else a copy of the question would be the answer
        return cls(values)

    def prompt(self) -> str:
        return f"Sort from the largest to the smallest: {' '.join(map(str, self.values))}"

    def solution(self) -> list[int]:
        return sorted(self.values, reverse=True)

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
