"""What the tests know of the environments of geometry."""

from collections.abc import Sequence
from itertools import chain, combinations
from typing import Any

from tests.environments.oracles._kinds import BestFirst, IsCorrect, Search


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


SEARCHES: dict[str, Search] = {
    "LargestConvexPolygon": (_most_corners, lambda problem, answer: len(answer), range(5)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "LargestConvexPolygon": _largest_convex_polygon,
}

BEST_FIRST: dict[str, BestFirst] = {
    "LargestConvexPolygon": _fewer_corners,
}
