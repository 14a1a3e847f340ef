"""Steps from one number to the next."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class Differences(Problem[list[int]]):
    """Write the differences between neighbouring numbers."""

    answer = Integers()
    ladder = Ladder(length=linear(3, 0.5), limit=linear(10, 5))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=[rng.randrange(limit) for _ in range(length)])

    def prompt(self) -> str:
        return f"Subtract from each number but the first the number before it: {spaced(self.values)}"

    def solution(self) -> list[int]:
        return [after - before for before, after in pairwise(self.values)]

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
