"""The area that points span."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.geometry._points import cross, distinct_points, hull, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ConvexHull(Problem[int]):
    """Find twice the area of the convex hull of points."""

    answer = Integer()
    ladder = Ladder(count=linear(4))
    points: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        return cls(distinct_points(rng, count, 2 * count))

    def prompt(self) -> str:
        return f"What is twice the area of the convex hull of these points, each given as x y?\n{written(self.points)}"

    def solution(self) -> int:
        first, *others = hull(self.points)
        return sum(cross(first, a, b) for a, b in pairwise(others))

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
