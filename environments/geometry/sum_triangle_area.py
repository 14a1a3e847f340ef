"""All triangles of points."""

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.geometry._points import cross, distinct_points, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SumTriangleArea(Problem[int]):
    """Find twice the sum of the areas of all triangles of given points."""

    answer = Integer()
    ladder = Ladder(count=linear(3))
    points: list[list[int]]
    total: int

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        points = distinct_points(rng, count, count + 1)
        return cls(points, sum(abs(cross(a, b, c)) for a, b, c in combinations(points, 3)))

    def prompt(self) -> str:
        return (
            "Each three of these points, given as x y, are the corners of a triangle, with area 0 if they are on one "
            f"line. What is twice the sum of the areas of all triangles?\n{written(self.points)}"
        )

    def solution(self) -> int:
        return self.total

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.total) if answer >= 0 else None
