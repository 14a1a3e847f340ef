"""Random trees on 0 … n - 1 and ways through them. An edge is [end, end], smaller end first."""

from collections.abc import Sequence
from random import Random


def random_tree(vertices: int, rng: Random) -> list[list[int]]:
    """A tree's edges in random order: each vertex in turn is joined to one of the vertices before it."""
    names = rng.sample(range(vertices), vertices)
    reach = rng.choice((2, 4, vertices))  # short reaches make deep trees
    edges = [sorted((names[place], names[rng.randrange(max(0, place - reach), place)])) for place in range(1, vertices)]
    rng.shuffle(edges)
    return edges


def neighbours(vertices: int, edges: Sequence[Sequence[int]]) -> list[list[int]]:
    """For each vertex the other ends of its edges; weights after the ends are left out."""
    joined: list[list[int]] = [[] for _ in range(vertices)]
    for first, second, *_ in edges:
        joined[first].append(second)
        joined[second].append(first)
    return joined


def rooted(joined: Sequence[Sequence[int]], root: int = 0) -> tuple[list[int], list[int]]:
    """The vertices, parents before children, and each vertex's parent; the root is its own."""
    parents = [-1] * len(joined)
    parents[root] = root
    order = [root]
    for vertex in order:
        for other in joined[vertex]:
            if parents[other] < 0:
                parents[other] = vertex
                order.append(other)
    return order, parents


def distances(joined: Sequence[Sequence[int]], start: int) -> list[int]:
    """The number of edges from `start` to each vertex of the tree."""
    order, parents = rooted(joined, start)
    steps = [0] * len(joined)
    for vertex in order[1:]:
        steps[vertex] = steps[parents[vertex]] + 1
    return steps
