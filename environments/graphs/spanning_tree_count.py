"""How many trees a graph holds."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import connected_edges, edge_text
from environments.graphs._spanning_trees import spanning_tree_count
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SpanningTreeCount(Problem[int]):
    """Count the spanning trees of a connected graph."""

    answer = Integer()
    ladder = Ladder(vertices=linear(4), extra=linear(3, 0.5))
    vertices: int
    edges: list[list[int]]
    trees: int

    @classmethod
    def generate(cls, rng: Random, vertices: int, extra: int) -> Self:
        edges = connected_edges(vertices, vertices - 1 + rng.randint(1, extra), rng)
        return cls(vertices, edges, spanning_tree_count(vertices, edges))

    def prompt(self) -> str:
        return (
            f"In how many ways can one choose {self.vertices - 1} of these edges so that they connect all vertices 0 "
            f"to {self.vertices - 1}? {edge_text(self.edges)}"
        )

    def solution(self) -> int:
        return self.trees
