"""Levelling a slope."""

from dataclasses import dataclass
from heapq import heappush, heapreplace
from itertools import accumulate, pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MakingGrade(Problem[list[int]]):
    """Change numbers by as little as possible so that they only rise or only fall."""

    answer = Integers()
    ladder = Ladder(length=linear(4))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(0, 2 * length - 4) for _ in range(length)]
        if values in (sorted(values), sorted(values, reverse=True)):
            values[0], values[1] = max(values) + 1, min(values) - 1
            values[-1] = max(values) + 1  # a copy of the question would be the answer
        return cls(values)

    def prompt(self) -> str:
        return (
            "Change the numbers so that none is smaller than the one before it, or so that none is larger than the one "
            "before it. Make the sum of the absolute changes as small as possible. Give the new numbers: "
            f"{' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        up = _rising(self.values)
        down = _rising(self.values[::-1])[::-1]
        return min(up, down, key=self._changed)

    def verify(self, answer: list[int]) -> float | None:
        steps = [after - before for before, after in pairwise(answer)]
        if len(answer) != len(self.values) or (min(steps) < 0 < max(steps)):
            return None
        return scores.at_most(self._changed(answer), self._changed(self.solution()))

    def _changed(self, values: list[int]) -> int:
        return sum(abs(new - old) for new, old in zip(values, self.values, strict=True))


def _rising(values: list[int]) -> list[int]:
    """The nearest numbers that do not fall."""
    heap: list[int] = []  # negated, so that the largest comes first
    tops: list[int] = []
    for value in values:
        heappush(heap, -value)
        if -heap[0] > value:
            heapreplace(heap, -value)
        tops.append(-heap[0])
    return list(accumulate(reversed(tops), min))[::-1]
