"""The largest of some numbers."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaxElement(Problem[int]):
    """Find the largest number."""

    answer = Integer()
    # The range widens with the length, so that its upper end does not become a good guess.
    ladder = Ladder(length=linear(3), limit=linear(100, 25))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=[rng.randrange(limit) for _ in range(length)])

    def prompt(self) -> str:
        return f"Which number is the largest: {' '.join(map(str, self.values))}"

    def solution(self) -> int:
        return max(self.values)

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if answer in self.values else None
