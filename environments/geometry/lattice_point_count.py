"""Integer points of a polygon."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.geometry._points import points_on_sides, simple_polygon, twice_area, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LatticePointCount(Problem[int]):
    """Count the integer points of a polygon."""

    answer = Integer()
    ladder = Ladder(count=linear(3))
    corners: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        corners = simple_polygon(rng, count, 2 * count)
        first = rng.randrange(count)
        return cls(corners[first:] + corners[:first])

    def prompt(self) -> str:
        return (
            "How many points with integer coordinates are inside or on the edge of the polygon with these corners x y "
            f"in order?\n{written(self.corners)}"
        )

    def solution(self) -> int:
        # Pick's theorem: twice the area = 2 * inside + on the sides - 2.
        return (twice_area(self.corners) + points_on_sides(self.corners)) // 2 + 1

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
