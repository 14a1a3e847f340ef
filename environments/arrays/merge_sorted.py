"""Merging."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MergeSorted(Problem[list[int]]):
    """Merge two ascending lists into one."""

    answer = Integers()
    ladder = Ladder(length=linear(4))  # of both lists together
    first: list[int]
    second: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = rng.sample(range(5 * length), length)
        cut = rng.randint(length // 3, length - length // 3)
        first, second = sorted(values[:cut]), sorted(values[cut:])
        if first[-1] < second[0]:
            first, second = second, first  # or else a copy of the question would be the answer
        return cls(first, second)

    def prompt(self) -> str:
        lists = " and ".join(" ".join(map(str, values)) for values in (self.first, self.second))
        return f"Merge into one ascending list: {lists}"

    def solution(self) -> list[int]:
        return sorted([*self.first, *self.second])

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
