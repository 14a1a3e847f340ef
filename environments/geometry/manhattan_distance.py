"""Ways along streets that cross at right angles."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Integer
from environments.geometry._points import distinct_points, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ManhattanDistance(Problem[int]):
    """Find the length of a tour along the streets of a grid."""

    answer = Integer()
    ladder = Ladder(count=linear(2), largest=linear(9, 4))
    points: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, count: int, largest: int) -> Self:
        return cls(distinct_points(rng, count, largest))

    def prompt(self) -> str:
        return (
            "From x y to u v it is |x - u| + |y - v| far. How long is the way from each of these points to the next?\n"
            f"{written(self.points)}"
        )

    def solution(self) -> int:
        return sum(abs(x - u) + abs(y - v) for (x, y), (u, v) in pairwise(self.points))
