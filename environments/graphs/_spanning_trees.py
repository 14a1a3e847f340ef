"""Kirchhoff's matrix-tree theorem in integers."""

from collections.abc import Sequence


def spanning_tree_count(vertices: int, edges: Sequence[Sequence[int]]) -> int:
    """The number of spanning trees on 0 … vertices - 1; parallel edges count apart. Bareiss' elimination is exact."""
    size = vertices - 1
    rows = [[0] * vertices for _ in range(vertices)]
    for first, second, *_ in edges:
        rows[first][first] += 1
        rows[second][second] += 1
        rows[first][second] -= 1
        rows[second][first] -= 1
    before = 1
    for step in range(size):
        # A Laplacian has nonnegative leading minors; one of zero shows a component that the rest does not reach.
        pivot = rows[step][step]
        if pivot == 0:
            return 0
        for row in rows[step + 1 : size]:
            for column in range(step + 1, size):
                row[column] = (row[column] * pivot - row[step] * rows[step][column]) // before
        before = pivot
    return before
