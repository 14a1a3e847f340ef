"""One-way streets in a tree."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class POLPolarization(Problem[int]):
    """Direct the edges of a tree so that as many vertices as possible reach each other."""

    answer = Integer()
    ladder = Ladder(vertices=linear(6))
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        return cls(random_tree(vertices, rng))

    def prompt(self) -> str:
        return (
            "Give each edge of this tree a direction. At most how many ordered pairs of different vertices are there "
            f"in which the first reaches the second along the directions? Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> int:
        """Around a centroid every branch is directed to it or away from it; the two kinds share the vertices."""
        vertices = len(self.edges) + 1
        joined = neighbours(vertices, self.edges)
        _, branches, below = min(_branches(joined, root) for root in range(vertices))
        sums = 1
        for size in branches:
            sums |= sums << size
        across = max(size * (vertices - 1 - size) for size in range(vertices) if sums >> size & 1)
        return below + across


def _branches(joined: list[list[int]], root: int) -> tuple[int, list[int], int]:
    """The largest branch at the root, all of them, and the sum of the sizes of all subtrees below the root."""
    order, parents = rooted(joined, root)
    sizes = [1] * len(joined)
    for vertex in order[:0:-1]:
        sizes[parents[vertex]] += sizes[vertex]
    branches = [sizes[vertex] for vertex in joined[root]]
    return max(branches), branches, sum(sizes) - len(joined)
