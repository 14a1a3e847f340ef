"""The longest way in a tree."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import edge_text, weighted
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class TreeDiameter(Problem[int]):
    """Find the length of a longest path in a tree."""

    answer = Integer()
    ladder = Ladder(vertices=linear(4))
    vertices: int
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        return cls(vertices, weighted(random_tree(vertices, rng), 9, rng))

    def prompt(self) -> str:
        return (
            "How long is the longest path between two vertices of this tree? Edges as end, end, length: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> int:
        """Joins the two deepest branches at each vertex."""
        lengths = {(first, second): length for first, second, length in self.edges}
        order, parents = rooted(neighbours(self.vertices, self.edges))
        deepest = [0] * self.vertices
        longest = 0
        for vertex in order[:0:-1]:
            parent = parents[vertex]
            depth = deepest[vertex] + lengths[min(vertex, parent), max(vertex, parent)]
            longest = max(longest, deepest[parent] + depth)
            deepest[parent] = max(deepest[parent], depth)
        return longest
