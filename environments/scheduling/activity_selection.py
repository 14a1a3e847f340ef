"""Choosing activities that do not overlap."""

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
class ActivitySelection(Problem[list[int]]):
    """Choose as many activities as possible that do not overlap."""

    answer = Integers()
    ladder = Ladder(activities=linear(4))
    spans: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, activities: int) -> Self:
        """A row of activities, short ones across their joints and long ones that begin a little earlier."""
        row: list[list[int]] = []
        start = rng.randint(1, 3)
        for _ in range(rng.randint((activities + 2) // 3, (activities + 1) // 2)):
            row.append([start, start + rng.randint(3, 3 + activities // 2)])
            start = row[-1][1] + rng.randrange(2)
        spans = [*row]
        while len(spans) < activities:
            first, last = rng.choice(row)
            if rng.randrange(2):
                spans.append([last - rng.randint(1, 2), last + rng.randint(1, 2)])
            else:
                spans.append([first - rng.randrange(2), last + rng.randint(1, 3 + activities // 2)])
        rng.shuffle(spans)
        return cls(spans)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Choose as many activities as possible; one may start when another ends, but no two may run at once. "
                "Give their numbers. Each line is number: start end.",
                *(f"{number}: {start} {end}" for number, (start, end) in enumerate(self.spans)),
            ]
        )

    def solution(self) -> list[int]:
        chosen: list[int] = []
        free = 0
        for number in sorted(range(len(self.spans)), key=lambda number: self.spans[number][1]):
            if self.spans[number][0] >= free:
                chosen.append(number)
                free = self.spans[number][1]
        return chosen

    def verify(self, answer: list[int]) -> float | None:
        if not distinct(answer, len(self.spans)):
            return None
        spans = sorted(self.spans[number] for number in answer)
        if any(end > start for (_, end), (start, _) in pairwise(spans)):
            return None
        return scores.at_least(len(answer), len(self.solution()))
