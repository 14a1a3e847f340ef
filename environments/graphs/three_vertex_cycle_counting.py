"""Counting triangles."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import edge_text, random_edges
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours


@dataclass(frozen=True)
class ThreeVertexCycleCounting(Problem[int]):
    """Count the triangles of an undirected graph."""

    answer = Integer()
    ladder = Ladder(vertices=linear(5))
    vertices: int
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        pairs = vertices * (vertices - 1) // 2
        return cls(vertices, random_edges(vertices, rng.randint(pairs * 2 // 5, pairs * 4 // 5), rng))

    def prompt(self) -> str:
        return f"How many triangles, three vertices joined each to each, do these edges form? {edge_text(self.edges)}"

    def solution(self) -> int:
        joined = [{*others} for others in neighbours(self.vertices, self.edges)]
        return sum(len(joined[first] & joined[second]) for first, second in self.edges) // 3
