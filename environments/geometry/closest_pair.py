"""The two points that are closest."""

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.geometry._points import Point, distinct_points, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


def squared_distance(a: Point, b: Point) -> int:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


@dataclass(frozen=True)
class ClosestPair(Problem[list[int]]):
    """Find the two points that are closest to each other."""

    answer = Integers()
    ladder = Ladder(count=linear(3))
    points: list[list[int]]
    closest: list[int]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        """A wide field keeps the least distance from being 1 as points become many."""
        points = distinct_points(rng, count, count * count)
        pairs = combinations(range(count), 2)
        i, j = min(pairs, key=lambda pair: squared_distance(points[pair[0]], points[pair[1]]))
        return cls(points, [i + 1, j + 1])

    def prompt(self) -> str:
        return (
            "Points 1, 2, ... are given as x y. Which two are closest to each other in a straight line? Name them by "
            f"their numbers.\n{written(self.points)}"
        )

    def solution(self) -> list[int]:
        return self.closest

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2 or answer[0] == answer[1] or not all(1 <= label <= len(self.points) for label in answer):
            return None
        found, best = (squared_distance(self.points[i - 1], self.points[j - 1]) for i, j in (answer, self.closest))
        return scores.at_most(found, best, power=2)
