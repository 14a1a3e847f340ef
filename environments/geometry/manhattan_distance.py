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
            "The distance from x y to u v is |x - u| + |y - v|. How long is the way through these points in this "
            f"order?\n{written(self.points)}"
        )

    def solution(self) -> int:
        return sum(abs(x - u) + abs(y - v) for (x, y), (u, v) in pairwise(self.points))
