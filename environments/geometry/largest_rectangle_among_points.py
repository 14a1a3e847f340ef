"""The largest rectangle whose corners are given points."""

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.geometry._points import cross, distinct_points, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


def largest_rectangle(points: list[list[int]]) -> tuple[int, list[int]]:
    """Its area and its corners' labels, from 1 on: two pairs with the same middle and length are its diagonals."""
    diagonals: dict[tuple[int, int, int], list[tuple[int, int]]] = {}
    for (i, a), (j, b) in combinations(enumerate(points), 2):
        length = (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2
        diagonals.setdefault((a[0] + b[0], a[1] + b[1], length), []).append((i, j))
    largest, labels = 0, [0]
    for pairs in diagonals.values():
        for (i, j), (k, m) in combinations(pairs, 2):
            area = abs(cross(points[i], points[k], points[j]))
            if area > largest:
                largest, labels = area, sorted((i + 1, j + 1, k + 1, m + 1))
    return largest, labels


@dataclass(frozen=True)
class LargestRectangle_AmongPoints(Problem[list[int]]):
    """Find four points that are the corners of the largest rectangle."""

    answer = Integers()
    ladder = Ladder(count=linear(5))
    points: list[list[int]]
    corners: list[int]
    area: int

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        """A square with sides of any direction is planted among random points."""
        x, y = rng.randint(1, count // 2), rng.randint(0, count // 2)
        left, low = rng.randint(0, count), rng.randint(0, count)
        square = [[left + y, low], [left + y + x, low + y], [left + x, low + x + y], [left, low + x]]
        points = [*square]
        for point in distinct_points(rng, count, 2 * count):
            if point not in points and len(points) < count:
                points.append(point)
        rng.shuffle(points)
        area, corners = largest_rectangle(points)
        return cls(points, corners, area)

    def prompt(self) -> str:
        return (
            "Points 1, 2, ... are given as x y. Which four are the corners of the largest rectangle? Its sides may "
            f"have any direction. Name the points by their numbers.\n{written(self.points)}"
        )

    def solution(self) -> list[int]:
        return self.corners

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 4 or len(set(answer)) != 4 or not all(1 <= label <= len(self.points) for label in answer):
            return None
        area, _ = largest_rectangle([self.points[label - 1] for label in answer])
        return scores.at_least(area, self.area) if area else None
