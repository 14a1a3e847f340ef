"""The smallest of some numbers."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class MinElement(Problem[int]):
    """Find the smallest number."""

    answer = Integer()
    # The range widens with the length, so that its lower end does not become a good guess.
    ladder = Ladder(length=linear(3), limit=linear(100, 25))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=[rng.randrange(-limit // 2, limit // 2) for _ in range(length)])

    def prompt(self) -> str:
        return f"Which number is the smallest: {spaced(self.values)}"

    def solution(self) -> int:
        return min(self.values)

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if answer in self.values else None
