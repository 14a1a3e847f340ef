"""Deleting numbers so that the others fall into their places."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import increasing
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Longest_MatchingSubsequence(Problem[list[int]]):
    """Delete numbers so that as many as possible of the others equal their place."""

    answer = Integers()
    ladder = Ladder(length=linear(5))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        for _ in range(20):
            values = [1, *(rng.randint(1, length * 3 // 4) for _ in range(length - 1))]
            rng.shuffle(values)
            problem = cls(values)
            if problem.verify([*range(1, length + 1)]) != 1.0:
                return problem
        return cls([2, *range(1, length)])  # keeping all matches nothing

    def prompt(self) -> str:
        return (
            "Keep some numbers of the list in their order. A kept number k counts if it is the k-th of those kept. "
            "Make as many count as possible. Give the positions in the list of the numbers you keep, in increasing "
            f"order, counted from 1: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        places = [place for place, value in enumerate(self.values, 1) if value <= place]  # those that can count
        best: dict[int, tuple[int, int]] = {}  # of the choices whose last match is here: matches, the match before
        for place in places:
            value = self.values[place - 1]
            before = [
                (best[other][0], other)
                for other in places
                if other < place and 0 < value - self.values[other - 1] <= place - other
            ]
            matches, last = max(before, default=(0, 0))
            best[place] = (matches + 1, last)
        place = max(places, key=lambda end: best[end][0])
        kept: list[int] = []
        while place:
            before_place = best[place][1]
            needed = self.values[place - 1] - (self.values[before_place - 1] if before_place else 0) - 1
            kept += [place, *range(before_place + needed, before_place, -1)]
            place = before_place
        return kept[::-1]

    def verify(self, answer: list[int]) -> float | None:
        if not increasing([place - 1 for place in answer], len(self.values)):
            return None
        return scores.at_least(self._matches(answer), self._matches(self.solution()))

    def _matches(self, kept: list[int]) -> int:
        return sum(self.values[place - 1] == count for count, place in enumerate(kept, 1))
