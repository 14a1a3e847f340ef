"""Subsequences that do not decrease, with weights."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import increasing
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class WeightedLIS(Problem[list[int]]):
    """Choose places on which one list never decreases and another one has the largest sum."""

    answer = Integers()
    ladder = Ladder(length=linear(4))
    a: list[int]
    b: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        a, b = ([rng.randint(1, 2 * length) for _ in range(length)] for _ in range(2))
        return cls(a, b)

    def prompt(self) -> str:
        return (
            "Choose positions, counted from 0, on which A never decreases from left to right (equal is fine) and the "
            "sum of B is largest. Give them in increasing order.\n"
            f"A: {' '.join(map(str, self.a))}\nB: {' '.join(map(str, self.b))}"
        )

    def solution(self) -> list[int]:
        best: list[tuple[int, int]] = []  # of the choices that end at each place: the sum, the place before
        for place, (value, weight) in enumerate(zip(self.a, self.b, strict=True)):
            before = [(best[other][0], other) for other in range(place) if self.a[other] <= value]
            total, last = max(before, default=(0, -1))
            best.append((total + weight, last))
        place = max(range(len(best)), key=lambda end: best[end][0])
        chosen: list[int] = []
        while place >= 0:
            chosen.append(place)
            place = best[place][1]
        return chosen[::-1]

    def verify(self, answer: list[int]) -> float | None:
        if not increasing(answer, len(self.a)) or any(self.a[i] > self.a[j] for i, j in pairwise(answer)):
            return None
        total, best = (sum(self.b[place] for place in chosen) for chosen in (answer, self.solution()))
        return scores.at_least(total, best)
