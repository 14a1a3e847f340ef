"""The area of a polygon."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Self

from environments.answers import Rational
from environments.geometry._points import simple_polygon, twice_area, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PolygonArea(Problem[Fraction]):
    """Find the area of a polygon."""

    answer = Rational()
    ladder = Ladder(count=linear(3))
    corners: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        corners = simple_polygon(rng, count, 2 * count)
        first = rng.randrange(count)
        return cls(corners[first:] + corners[:first])

    def prompt(self) -> str:
        return f"What is the area of the polygon with these corners x y in order?\n{written(self.corners)}"

    def solution(self) -> Fraction:
        return Fraction(twice_area(self.corners), 2)
