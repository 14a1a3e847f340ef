"""The lightest tree on all vertices."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._random_graphs import Components, connected_edges, edge_text, is_spanning_tree, weighted
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most


@dataclass(frozen=True)
class MinimumSpanningTree(Problem[list[list[int]]]):
    """Find a spanning tree of least total weight."""

    answer = Rows("pairs")
    ladder = Ladder(vertices=linear(4), edges=linear(5, 1.75), heaviest=linear(9, 2))
    vertices: int
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int, edges: int, heaviest: int) -> Self:
        return cls(vertices, weighted(connected_edges(vertices, edges, rng), heaviest, rng))

    def prompt(self) -> str:
        return (
            f"Choose edges that connect all vertices 0 to {self.vertices - 1} at the least total weight and give their "
            f"ends. Edges as end, end, weight: {edge_text(self.edges)}"
        )

    def solution(self) -> list[list[int]]:
        components = Components(self.vertices)
        lightest_first = sorted(self.edges, key=lambda edge: edge[2])
        return [[first, second] for first, second, _ in lightest_first if components.join(first, second)]

    def verify(self, answer: list[list[int]]) -> float | None:
        if not is_spanning_tree(answer, self.vertices, self.edges):
            return None
        return at_most(self._weight(answer), self._weight(self.solution()))

    def _weight(self, pairs: Sequence[Sequence[int]]) -> int:
        chosen = {(min(pair), max(pair)) for pair in pairs}
        return sum(weight for first, second, weight in self.edges if (first, second) in chosen)
