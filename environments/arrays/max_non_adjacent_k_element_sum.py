"""Choosing numbers that are not neighbours."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import distinct
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Max_NonAdjacent_KElementSum(Problem[list[int]]):
    """Choose a given count of numbers, no two of them neighbours, with the largest sum."""

    answer = Integers()
    ladder = Ladder(length=linear(6))
    values: list[int]
    count: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        problem = cls._draw(rng, length)
        for _ in range(20):
            if problem.verify(problem._largest_first()) != 1.0:
                break
            problem = cls._draw(rng, length)  # always taking the largest number left would do
        return problem

    @classmethod
    def _draw(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(1, 2 * length) for _ in range(length)]
        return cls(values, count=rng.randint(length // 3, (length - 1) // 2))

    def _largest_first(self) -> list[int]:
        chosen: list[int] = []
        for place in sorted(range(len(self.values)), key=lambda place: -self.values[place]):
            if len(chosen) < self.count and not {place - 1, place + 1} & {*chosen}:
                chosen.append(place)
        return chosen

    def prompt(self) -> str:
        return (
            f"Choose {self.count} numbers, no two of them next to each other, with the largest sum. Give their "
            f"positions, counted from 0: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        # For each count of chosen places, the best (sum, places) among all places up to one before and up to this one.
        before: list[tuple[int, list[int]] | None] = [(0, []), *[None] * self.count]
        now = before
        for place, value in enumerate(self.values):
            new = list(now)
            for count in range(self.count):
                found, old = before[count], now[count + 1]
                if found is not None and (old is None or found[0] + value > old[0]):
                    new[count + 1] = (found[0] + value, [*found[1], place])
            before, now = now, new
        best = now[self.count]
        assert best is not None  # half of the places fit without neighbours
        return best[1]

    def verify(self, answer: list[int]) -> float | None:
        chosen = sorted(answer)
        if len(answer) != self.count or not distinct(answer, len(self.values)):
            return None
        if any(second == first + 1 for first, second in pairwise(chosen)):
            return None
        total, best = (sum(self.values[place] for place in places) for places in (answer, self.solution()))
        return scores.at_least(total, best)
