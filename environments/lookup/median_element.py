"""The number in the middle."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class MedianElement(Problem[int]):
    """Find the median of an odd count of numbers."""

    answer = Integer()
    ladder = Ladder(pairs=linear(1, 0.5), limit=linear(100, 25))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, pairs: int, limit: int) -> Self:
        return cls(values=[rng.randrange(limit) for _ in range(2 * pairs + 1)])

    def prompt(self) -> str:
        return f"Which number is in the middle once these are sorted: {spaced(self.values)}"

    def solution(self) -> int:
        return sorted(self.values)[len(self.values) // 2]

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if answer in self.values else None
