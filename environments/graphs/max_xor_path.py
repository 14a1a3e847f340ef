"""Walks whose weights cancel bit by bit."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import connected_edges, edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours, rooted


@dataclass(frozen=True)
class MaxXorPath(Problem[int]):
    """Find the greatest exclusive or of the weights along a walk."""

    answer = Integer()
    # Fewer cycles than bits, else every number could be reached.
    ladder = Ladder(vertices=linear(4), extra=linear(1, 0.5), bits=linear(4, 0.6))
    vertices: int
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int, extra: int, bits: int) -> Self:
        edges = connected_edges(vertices, vertices - 1 + rng.randint(1, extra), rng)
        return cls(vertices, [[*edge, rng.randrange(1, 1 << bits)] for edge in edges])

    def prompt(self) -> str:
        return (
            f"What is the greatest bitwise XOR of the weights along a walk from vertex 0 to {self.vertices - 1}? "
            "Edges may be used in both directions and again, and count each time. Edges as end, end, weight: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> int:
        """One walk, to which any cycles may be added."""
        weights = {(first, second): weight for first, second, weight in self.edges}
        order, parents = rooted(neighbours(self.vertices, self.edges))
        label = [0] * self.vertices
        for vertex in order[1:]:
            parent = parents[vertex]
            label[vertex] = label[parent] ^ weights[min(vertex, parent), max(vertex, parent)]
        basis: list[int] = []
        for first, second, weight in self.edges:
            if left := _reduced(label[first] ^ label[second] ^ weight, basis):
                basis = sorted([*basis, left], reverse=True)
        greatest = label[-1]
        for value in basis:
            greatest = max(greatest, greatest ^ value)
        return greatest


def _reduced(value: int, basis: Sequence[int]) -> int:
    """What is left of the value after numbers of the basis, largest first, have cancelled its high bits."""
    for other in basis:
        value = min(value, value ^ other)
    return value
