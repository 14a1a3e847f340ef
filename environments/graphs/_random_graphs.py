"""Random graphs with and without weights, and walks on them.

An arc is [from, to, weight], an edge [end, end] or [end, end, weight], smaller end first.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise
from random import Random

from environments.trees._random_trees import random_tree


class Components:
    """The connected components of a graph that grows edge by edge."""

    def __init__(self, vertices: int) -> None:
        self._above = [*range(vertices)]

    def find(self, vertex: int) -> int:
        """The vertex that stands for this one's component."""
        above = self._above
        while above[vertex] != vertex:
            above[vertex] = vertex = above[above[vertex]]
        return vertex

    def join(self, first: int, second: int) -> bool:
        """Adds an edge; whether its ends were in two components."""
        first, second = self.find(first), self.find(second)
        self._above[first] = second
        return first != second


def random_edges(vertices: int, count: int, rng: Random) -> list[list[int]]:
    """`count` different edges in random order, or all there are where `count` is more."""
    pairs = [[*pair] for pair in combinations(range(vertices), 2)]
    return rng.sample(pairs, min(count, len(pairs)))


def connected_edges(vertices: int, count: int, rng: Random) -> list[list[int]]:
    """The same, with a tree on all vertices among them; `count` is vertices - 1 or more."""
    tree = random_tree(vertices, rng)
    taken = {(first, second) for first, second in tree}
    others = [[*pair] for pair in combinations(range(vertices), 2) if pair not in taken]
    edges = tree + rng.sample(others, min(count - len(tree), len(others)))
    rng.shuffle(edges)
    return edges


def weighted(edges: Sequence[Sequence[int]], heaviest: int, rng: Random) -> list[list[int]]:
    """The edges with weights from 1 to `heaviest`."""
    return [[*edge, rng.randint(1, heaviest)] for edge in edges]


def is_spanning_tree(pairs: Sequence[Sequence[int]], vertices: int, edges: Sequence[Sequence[int]]) -> bool:
    """Whether the pairs, ends in either order, are edges that form a tree on all vertices."""
    known = {(edge[0], edge[1]) for edge in edges}
    grown = Components(vertices)
    return len(pairs) == vertices - 1 and all(
        len(pair) == 2 and (min(pair), max(pair)) in known and grown.join(*pair) for pair in pairs
    )


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


def network(vertices: int, count: int, rng: Random) -> list[list[int]]:
    """[from, to] arcs with a path from the first vertex to the last; none enters the first or leaves the last."""
    between = rng.sample(range(1, vertices - 1), rng.randint(1, vertices - 2))
    path = [*pairwise([0, *between, vertices - 1])]
    others = [
        (start, end)
        for start in range(vertices - 1)
        for end in range(1, vertices)
        if start != end and (start, end) not in path
    ]
    arcs = [*path, *rng.sample(others, min(max(count - len(path), 0), len(others)))]
    rng.shuffle(arcs)
    return [[start, end] for start, end in arcs]


def edge_text(edges: Sequence[Sequence[int]]) -> str:
    """[[0, 1, 5], [1, 2, 3]] → "0 1 5, 1 2 3"; with or without weights."""
    return ", ".join(" ".join(map(str, edge)) for edge in edges)


def precedences(order: Sequence[int], fewest: int, most: int, rng: Random) -> list[list[int]]:
    """[before, after] pairs that `order` keeps to, in random order; each entry has `fewest` to `most` before it."""
    pairs = [
        [before, after]
        for place, after in enumerate(order)
        for before in rng.sample(order[:place], min(place, rng.randint(fewest, most)))
    ]
    if not pairs:
        pairs.append([*order[:2]])
    rng.shuffle(pairs)
    return pairs
