"""Points with integer coordinates and polygons of them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import gcd
from random import Random

Point = Sequence[int]


def distinct_points(rng: Random, count: int, largest: int) -> list[list[int]]:
    """Different points with coordinates from 0 to `largest`."""
    return [list(divmod(place, largest + 1)) for place in rng.sample(range((largest + 1) ** 2), count)]


def cross(a: Point, b: Point, c: Point) -> int:
    """Twice the area of a triangle, positive where it turns left."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def written(points: Iterable[Point]) -> str:
    """One point on each line."""
    return "\n".join(f"{x} {y}" for x, y in points)


def simple_polygon(rng: Random, count: int, largest: int) -> list[list[int]]:
    """Corners in order of a polygon that does not cross itself: from left to right below, and back above.

    All x differ, and no corner is on the line from the first to the last one.
    """
    left, *others, right = sorted(
        [x, rng.randint(0, largest)] for x in rng.sample(range(max(largest, count) + 1), count)
    )
    for point in others:
        if cross(left, right, point) == 0:
            point[1] += 1
    below = [point for point in others if cross(left, right, point) < 0]
    above = [point for point in others if cross(left, right, point) > 0]
    return [left, *below, right, *above[::-1]]


def sides(polygon: list[list[int]]) -> list[tuple[list[int], list[int]]]:
    return [*pairwise([*polygon, polygon[0]])]


def twice_area(polygon: list[list[int]]) -> int:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in sides(polygon)))


def points_on_sides(polygon: list[list[int]]) -> int:
    return sum(gcd(b[0] - a[0], b[1] - a[1]) for a, b in sides(polygon))


def hull(points: Iterable[list[int]]) -> list[list[int]]:
    """The corners of the convex hull, counterclockwise."""
    chains: list[list[list[int]]] = []
    ordered = sorted(points)
    for line in (ordered, ordered[::-1]):
        chain: list[list[int]] = []
        for point in line:
            while len(chain) > 1 and cross(chain[-2], chain[-1], point) <= 0:
                chain.pop()
            chain.append(point)
        chains.append(chain[:-1])
    return chains[0] + chains[1]
