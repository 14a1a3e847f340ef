"""The smallest circle around points."""

from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Self

from environments.answers import Rational
from environments.geometry._points import Point, cross, distinct_points, written
from environments.ladder import Ladder, linear
from environments.problem import Problem

Circle = tuple[int, int, int, int]  # centre (x / d, y / d) and squared radius r / (d * d), as x, y, d, r


def _holds(circle: Circle, point: Point) -> bool:
    x, y, d, r = circle
    return (point[0] * d - x) ** 2 + (point[1] * d - y) ** 2 <= r


def _across(a: Point, b: Point) -> Circle:
    """The circle of which the two are opposite points."""
    return a[0] + b[0], a[1] + b[1], 2, (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _through(a: Point, b: Point, c: Point) -> Circle:
    bx, by, cx, cy = b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]
    d = 2 * cross(a, b, c)
    x = cy * (bx * bx + by * by) - by * (cx * cx + cy * cy)
    y = bx * (cx * cx + cy * cy) - cx * (bx * bx + by * by)
    return a[0] * d + x, a[1] * d + y, d, x * x + y * y


def smallest_circle(points: list[list[int]]) -> Circle:
    """Welzl's way: a point outside the circle so far is on the circle of the points up to it."""
    circle = _across(points[0], points[1])
    for i, a in enumerate(points):
        if _holds(circle, a):
            continue
        circle = _across(a, points[0])
        for j, b in enumerate(points[:i]):
            if _holds(circle, b):
                continue
            circle = _across(a, b)
            for c in points[:j]:
                if not _holds(circle, c):
                    circle = _through(a, b, c)
    return circle


@dataclass(frozen=True)
class SmallestCircle(Problem[Fraction]):
    """Find the squared radius of the smallest circle around points."""

    answer = Rational()
    ladder = Ladder(count=linear(3))
    points: list[list[int]]
    squared_radius: list[int]  # a fraction

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        points = distinct_points(rng, count, 2 * count)
        _, _, d, r = smallest_circle(points)
        radius = Fraction(r, d * d)
        return cls(points, [radius.numerator, radius.denominator])

    def prompt(self) -> str:
        return (
            "What is the square of the radius of the smallest circle that has all these points, given as x y, in it or "
            f"on it?\n{written(self.points)}"
        )

    def solution(self) -> Fraction:
        return Fraction(self.squared_radius[0], self.squared_radius[1])
