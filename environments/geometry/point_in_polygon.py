"""Whether a point is in a polygon."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.geometry._points import cross, sides, simple_polygon, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


def place(polygon: list[list[int]], x: int, y: int) -> str:
    """Counts the sides that a ray to the right crosses."""
    inside = False
    for a, b in sides(polygon):
        low, high = sorted((a, b), key=lambda corner: corner[1])
        turn = cross(low, high, (x, y))
        if turn == 0 and min(a[0], b[0]) <= x <= max(a[0], b[0]) and low[1] <= y <= high[1]:
            return "edge"
        inside ^= low[1] <= y < high[1] and turn > 0
    return "inside" if inside else "outside"


@dataclass(frozen=True)
class PointInPolygon(Problem[str]):
    """Tell whether a point is inside a polygon, outside or on its edge."""

    answer = Choice(("inside", "outside", "edge"))
    guessable = "0.33: one of three answers, drawn fairly"
    ladder = Ladder(count=linear(3))
    corners: list[list[int]]
    point: list[int]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        """Corners have even coordinates, so that the middle of a side has integer ones."""
        wanted = rng.choice(("inside", "outside", "edge"))
        corners = [[2 * x, 2 * y] for x, y in simple_polygon(rng, count, 2 * count)]
        a, b = rng.choice(sides(corners))
        point = [(a[0] + b[0]) // 2, (a[1] + b[1]) // 2]
        if wanted != "edge":
            for _ in range(60):
                point = [rng.randint(1, 4 * count - 1), rng.randint(1, 4 * count - 1)]
                if place(corners, *point) == wanted:
                    break
        return cls(corners, point)

    def prompt(self) -> str:
        x, y = self.point
        return (
            f"Is the point {x} {y} inside, outside or on the edge of the polygon with these corners x y in order?\n"
            f"{written(self.corners)}"
        )

    def solution(self) -> str:
        return place(self.corners, *self.point)
