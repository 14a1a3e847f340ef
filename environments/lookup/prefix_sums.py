"""Running totals."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class PrefixSums(Problem[list[int]]):
    """Write the running totals of numbers."""

    answer = Integers()
    ladder = Ladder(length=linear(2, 0.5), limit=linear(9, 5))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=[rng.randint(1, limit) for _ in range(length)])

    def prompt(self) -> str:
        return f"Replace each number by the sum of all numbers up to and including it: {spaced(self.values)}"

    def solution(self) -> list[int]:
        return list(accumulate(self.values))

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
