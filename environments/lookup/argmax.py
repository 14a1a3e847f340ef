"""The place of the largest number."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import distinct, spaced
from environments.problem import Problem


@dataclass(frozen=True)
class Argmax(Problem[int]):
    """Find the position of the largest number."""

    answer = Integer()
    ladder = Ladder(length=linear(3), limit=linear(100, 25))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=distinct(rng, length, limit))

    def prompt(self) -> str:
        return f"At which position, counted from 1, is the largest number: {spaced(self.values)}"

    def solution(self) -> int:
        return self.values.index(max(self.values)) + 1

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 1 <= answer <= len(self.values) else None
