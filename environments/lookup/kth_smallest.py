"""The number at a place in sorted order."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import distinct, spaced
from environments.problem import Problem


@dataclass(frozen=True)
class KthSmallest(Problem[int]):
    """Find the number at a position in sorted order."""

    answer = Integer()
    ladder = Ladder(length=linear(3), limit=linear(100, 25))
    values: list[int]
    rank: int  # from 1

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=distinct(rng, length, limit), rank=rng.randint(1, length))

    def prompt(self) -> str:
        return (
            f"Sort from small to large. Which number is then at position {self.rank}, counted from 1: "
            f"{spaced(self.values)}"
        )

    def solution(self) -> int:
        return sorted(self.values)[self.rank - 1]

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if answer in self.values else None
