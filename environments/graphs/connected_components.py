"""Counting the parts of a graph."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import Components, connected_edges, edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ConnectedComponents(Problem[int]):
    """Count the connected components of an undirected graph."""

    answer = Integer()
    ladder = Ladder(vertices=linear(5))
    vertices: int
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        order = rng.sample(range(vertices), vertices)
        parts = rng.randint(1, (vertices + 1) // 2)
        edges: list[list[int]] = []
        for start, end in pairwise([0, *sorted(rng.sample(range(1, vertices), parts - 1)), vertices]):
            size = end - start
            # Edges beyond a tree, so that the number of edges does not tell the number of components.
            drawn = connected_edges(size, size - 1 + rng.randint(0, size // 2), rng)
            edges += [sorted((order[start + first], order[start + second])) for first, second in drawn]
        rng.shuffle(edges)
        return cls(vertices, edges)

    def prompt(self) -> str:
        return (
            f"How many connected components has the graph with vertices 0 to {self.vertices - 1} and these edges? A "
            f"vertex without edges is one, too. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> int:
        components = Components(self.vertices)
        return self.vertices - sum(components.join(*edge) for edge in self.edges)
