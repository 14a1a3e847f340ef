"""Where a few stations serve all."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import connected_edges, edge_text, weighted
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most


@dataclass(frozen=True)
class Vertex_KCenter(Problem[list[int]]):
    """Choose a few vertices so that no other is far from them."""

    answer = Integers()
    # All choices are tried; past 15 vertices only edges are added.
    ladder = Ladder(vertices=linear(4, most=15), edges=linear(4, 1.5, most=100))
    vertices: int
    edges: list[list[int]]
    centers: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int, edges: int) -> Self:
        drawn = weighted(connected_edges(vertices, edges, rng), 9, rng)
        apart = [_distances(vertices, drawn, [vertex]) for vertex in range(vertices)]
        count = rng.randint(1, min(4, max(1, vertices // 3)))
        centers = min(
            combinations(range(vertices), count),
            key=lambda chosen: max(map(min, zip(*(apart[vertex] for vertex in chosen), strict=True))),
        )
        return cls(vertices, drawn, [*centers])

    def prompt(self) -> str:
        count = "vertex" if len(self.centers) == 1 else "vertices"
        return (
            f"Choose {len(self.centers)} {count} of 0 to {self.vertices - 1} so that the greatest distance of any "
            "vertex to the nearest chosen one is as small as possible. Edges as end, end, length: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.centers

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.centers) or len({*answer}) != len(answer):
            return None
        if not all(0 <= vertex < self.vertices for vertex in answer):
            return None
        return at_most(*(max(_distances(self.vertices, self.edges, chosen)) for chosen in (answer, self.centers)))


def _distances(vertices: int, edges: Sequence[Sequence[int]], sources: Sequence[int]) -> list[int]:
    """From each vertex to the nearest source, by the Bellman-Ford algorithm."""
    far = 1 + sum(length for _, _, length in edges)
    distance = [0 if vertex in sources else far for vertex in range(vertices)]
    changed = True
    while changed:
        changed = False
        for first, second, length in edges:
            for start, end in ((first, second), (second, first)):
                if distance[start] + length < distance[end]:
                    distance[end] = distance[start] + length
                    changed = True
    return distance
