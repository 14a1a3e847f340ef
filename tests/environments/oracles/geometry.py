"""What the tests know of the environments of geometry."""

from collections.abc import Sequence
from fractions import Fraction
from itertools import chain, combinations, islice, pairwise, product
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search


def _most_corners(problem: Any) -> int:
    """Every subset that is larger than the solution fails."""
    points = [tuple(point) for point in problem.points]

    def left_of(a: tuple[int, ...], b: tuple[int, ...], c: tuple[int, ...]) -> bool:
        return (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])

    def convex(corners: tuple[tuple[int, ...], ...]) -> bool:
        """No corner lies in a triangle of three others; no three are on a line."""
        return not any(
            left_of(a, b, p) == left_of(b, c, p) == left_of(c, a, p)
            for a, b, c in combinations(corners, 3)
            for p in corners
            if p not in (a, b, c)
        )

    subsets = chain.from_iterable(combinations(points, size) for size in range(len(points), 2, -1))
    return next(len(corners) for corners in subsets if convex(corners))


def _largest_convex_polygon(problem: Any, labels: list[int]) -> bool:
    """Of n points in convex position exactly n pairs, the sides, have all other points on one side."""
    if len(set(labels)) != len(labels) or not set(labels) <= set(range(1, len(problem.points) + 1)):
        return False
    corners = [problem.points[label - 1] for label in labels]
    sides = 0
    for (ax, ay), (bx, by) in combinations(corners, 2):
        turns = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in corners if [x, y] not in ([ax, ay], [bx, by])]
        sides += all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)
    return len(labels) == len(problem.solution()) and sides == len(labels)


def _fewer_corners(problem: Any) -> Sequence[list[int]]:
    right = problem.solution()
    return [*(right[: len(right) - fewer] for fewer in range(len(right) - 2)), [1, 1, 1]]


def _hull_area(problem: Any) -> int:
    """A directed pair of points is a side of the hull where all others are on its left, or between the two."""
    points = [tuple(point) for point in problem.points]
    total = 0
    for (ax, ay), (bx, by) in combinations(points, 2):
        for (px, py), (qx, qy) in (((ax, ay), (bx, by)), ((bx, by), (ax, ay))):
            turns = [((qx - px) * (y - py) - (qy - py) * (x - px), x, y) for x, y in points]
            on_line = all(
                min(px, qx) <= x <= max(px, qx) and min(py, qy) <= y <= max(py, qy) for t, x, y in turns if t == 0
            )
            if on_line and all(t >= 0 for t, _, _ in turns):
                total += px * qy - qx * py
    return total


def _triangle_areas(problem: Any) -> int:
    """By the differences of trapezoids below the sides."""

    def below(a: list[int], b: list[int]) -> int:
        return (b[0] - a[0]) * (a[1] + b[1])

    return sum(abs(below(a, b) + below(b, c) + below(c, a)) for a, b, c in combinations(problem.points, 3))


def _rectangle_area(problem: Any, labels: Sequence[int]) -> int:
    """0 where the four are not the corners of a rectangle."""
    if len(set(labels)) != 4 or set(labels) - set(range(1, len(problem.points) + 1)):
        return 0
    first, *others = (complex(*problem.points[label - 1]) for label in labels)
    for a, b, c in ((0, 1, 2), (0, 2, 1), (1, 2, 0)):
        u, v = others[a] - first, others[b] - first
        if others[c] == first + u + v and (u * v.conjugate()).real == 0:
            return round(abs((u * v.conjugate()).imag))
    return 0


def _largest_rectangle(problem: Any) -> int:
    return max(_rectangle_area(problem, labels) for labels in combinations(range(1, len(problem.points) + 1), 4))


def _is_largest_rectangle(problem: Any, labels: list[int]) -> bool:
    if len(labels) != 4:
        return False
    return _rectangle_area(problem, labels) == _rectangle_area(problem, problem.solution()) > 0


def _smaller_rectangles(problem: Any) -> Sequence[list[int]]:
    every = map(list, combinations(range(1, len(problem.points) + 1), 4))
    return sorted([problem.solution(), *islice(every, 20)], key=lambda labels: -_rectangle_area(problem, labels))


def _squared_radius(problem: Any) -> Fraction:
    """Of all circles across two points or through three, the smallest that holds all points."""
    points = [tuple(map(Fraction, point)) for point in problem.points]

    def circles() -> Any:
        for (ax, ay), (bx, by) in combinations(points, 2):
            yield (ax + bx) / 2, (ay + by) / 2, ((ax - bx) ** 2 + (ay - by) ** 2) / 4
        for (ax, ay), (bx, by), (cx, cy) in combinations(points, 3):
            det = (ax - bx) * (ay - cy) - (ax - cx) * (ay - by)
            if det:
                # The centre is as far from a as from b and from c: two linear equations.
                p = (ax * ax + ay * ay - bx * bx - by * by) / 2
                q = (ax * ax + ay * ay - cx * cx - cy * cy) / 2
                x, y = (p * (ay - cy) - q * (ay - by)) / det, (q * (ax - bx) - p * (ax - cx)) / det
                yield x, y, (ax - x) ** 2 + (ay - y) ** 2

    return min(r for x, y, r in circles() if all((a - x) ** 2 + (b - y) ** 2 <= r for a, b in points))


def _heights(corners: list[list[int]], x: Fraction) -> list[Fraction]:
    """Where a vertical line that misses the corners crosses the sides, from below."""
    return sorted(
        ay + Fraction(by - ay, bx - ax) * (x - ax)
        for (ax, ay), (bx, by) in pairwise([*corners, corners[0]])
        if min(ax, bx) < x < max(ax, bx)
    )


def _area_by_strips(problem: Any) -> Fraction:
    """Between neighbouring corners' x the length of the cut is linear, so its middle is its mean."""
    total = Fraction(0)
    for left, right in pairwise(sorted({x for x, _ in problem.corners})):
        cuts = _heights(problem.corners, Fraction(left + right, 2))
        total += (right - left) * sum(high - low for low, high in zip(cuts[::2], cuts[1::2], strict=True))
    return total


def _on_side(corners: list[list[int]], x: int, y: int) -> bool:
    def length(a: Sequence[int], b: Sequence[int]) -> float:
        return ((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) ** 0.5

    return any(
        abs(length(a, (x, y)) + length((x, y), b) - length(a, b)) < 1e-9 for a, b in pairwise([*corners, corners[0]])
    )


def _place(corners: list[list[int]], x: int, y: int) -> str:
    """By the number of sides below the point, seen a little to its right."""
    if _on_side(corners, x, y):
        return "edge"
    cuts = _heights(corners, x + Fraction(1, 10**6))
    return "inside" if sum(cut < y for cut in cuts) % 2 else "outside"


def _lattice_points(problem: Any) -> int:
    xs, ys = ([corner[axis] for corner in problem.corners] for axis in (0, 1))
    box = product(range(min(xs), max(xs) + 1), range(min(ys), max(ys) + 1))
    return sum(_place(problem.corners, x, y) != "outside" for x, y in box)


def _grid_triangles(problem: Any) -> int:
    points = list(product(range(problem.width + 1), range(problem.height + 1)))
    return sum((b[0] - a[0]) * (c[1] - a[1]) != (b[1] - a[1]) * (c[0] - a[0]) for a, b, c in combinations(points, 3))


def _is_closest(problem: Any, labels: list[int]) -> bool:
    if len(labels) != 2 or len(set(labels)) != 2 or set(labels) - set(range(1, len(problem.points) + 1)):
        return False
    points = [complex(*point) for point in problem.points]
    least = min(abs(a - b) for a, b in combinations(points, 2))
    return abs(points[labels[0] - 1] - points[labels[1] - 1]) < least + 1e-9


EXAMPLES: dict[str, Example] = {
    "GridTriangleCounting": ({"width": 1, "height": 1}, 4),
    "ManhattanDistance": ({"points": [[0, 0], [3, 4], [1, 5]]}, 10),
    "PolygonArea": ({"corners": [[0, 0], [4, 0], [4, 3]]}, Fraction(6)),
    "LatticePointCount": ({"corners": [[0, 0], [2, 0], [2, 2], [0, 2]]}, 9),
}

SEARCHES: dict[str, Search] = {
    "ConvexHull": (_hull_area, lambda problem, answer: answer, range(6)),
    "SumTriangleArea": (_triangle_areas, lambda problem, answer: answer, range(6)),
    "LargestRectangle_AmongPoints": (_largest_rectangle, _rectangle_area, range(6)),
    "SmallestCircle": (_squared_radius, lambda problem, answer: answer, range(4)),
    "PolygonArea": (_area_by_strips, lambda problem, answer: answer, range(6)),
    "PointInPolygon": (
        lambda problem: _place(problem.corners, *problem.point),
        lambda problem, answer: answer,
        range(6),
    ),
    "GridTriangleCounting": (_grid_triangles, lambda problem, answer: answer, range(2)),
    "LatticePointCount": (_lattice_points, lambda problem, answer: answer, range(2)),
    "LargestConvexPolygon": (_most_corners, lambda problem, answer: len(answer), range(5)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "LargestRectangle_AmongPoints": _is_largest_rectangle,
    "ClosestPair": _is_closest,
    "LargestConvexPolygon": _largest_convex_polygon,
}

BEST_FIRST: dict[str, BestFirst] = {
    "ClosestPair": lambda problem: sorted(
        combinations(range(1, len(problem.points) + 1), 2),
        key=lambda pair: abs(complex(*problem.points[pair[0] - 1]) - complex(*problem.points[pair[1] - 1])),
    ),
    "LargestRectangle_AmongPoints": _smaller_rectangles,
    "LargestConvexPolygon": _fewer_corners,
}
