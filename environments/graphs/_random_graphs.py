"""Random graphs with weights, and walks on them. An arc is [from, to, weight]."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random


def arcs_along(
    path: Sequence[int], vertices: int, count: int, heaviest: int, rng: Random, direct: bool = True
) -> list[list[int]]:
    """`count` arcs among 0 … vertices - 1 in random order, those of `path` with them; no loops, no parallel arcs.

    `direct` allows an arc from the first to the last vertex of the path.
    """
    planted = list(pairwise(path))
    taken = {*planted} if direct else {*planted, (path[0], path[-1])}
    others = [
        (start, end)
        for start in range(vertices)
        for end in range(vertices)
        if start != end and (start, end) not in taken
    ]
    arcs = [*planted, *rng.sample(others, count - len(planted))]
    rng.shuffle(arcs)
    return [[start, end, rng.randint(1, heaviest)] for start, end in arcs]


def walk_weight(walk: Sequence[int], arcs: Sequence[Sequence[int]]) -> int | None:
    """The sum of the weights along the walk, or None where a step is not an arc."""
    weights = {(start, end): weight for start, end, weight in arcs}
    total = 0
    for step in pairwise(walk):
        if step not in weights:
            return None
        total += weights[step]
    return total


def arc_text(arcs: Sequence[Sequence[int]]) -> str:
    """[[0, 1, 5], [1, 2, 3]] → "0 1 5, 1 2 3"."""
    return ", ".join(f"{start} {end} {weight}" for start, end, weight in arcs)
