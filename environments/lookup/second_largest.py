"""The largest number but one."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import distinct, spaced
from environments.problem import Problem


@dataclass(frozen=True)
class SecondLargest(Problem[int]):
    """Find the number that only one other number exceeds."""

    answer = Integer()
    ladder = Ladder(length=linear(3), limit=linear(100, 25))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        return cls(values=distinct(rng, length, limit))

    def prompt(self) -> str:
        return f"Which number is the second largest: {spaced(self.values)}"

    def solution(self) -> int:
        return sorted(self.values)[-2]

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if answer in self.values else None
