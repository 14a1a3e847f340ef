"""How far numbers are apart."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class RangeOfList(Problem[int]):
    """Subtract the smallest number from the largest."""

    answer = Integer()
    # The range widens with the length, so that its width does not become a good guess.
    ladder = Ladder(length=linear(2), limit=linear(10, 20))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=[rng.randrange(limit) for _ in range(length)])

    def prompt(self) -> str:
        return f"What is the largest number minus the smallest: {spaced(self.values)}"

    def solution(self) -> int:
        return max(self.values) - min(self.values)

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if answer >= 0 else None
