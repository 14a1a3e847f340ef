"""Cheap vertices that see every edge."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, random_edges
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most
from environments.trees._random_trees import neighbours


@dataclass(frozen=True)
class Minimum_VertexCover(Problem[list[int]]):
    """Choose vertices of least total cost so that every edge has a chosen end."""

    answer = Integers()
    # The search grows with the vertices; past 24 only edges are added, which ease it.
    ladder = Ladder(vertices=linear(4, most=24), edges=linear(4, 2))
    costs: list[int]
    edges: list[list[int]]
    cover: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int, edges: int) -> Self:
        drawn = random_edges(vertices, edges, rng)
        costs = [rng.randint(1, 9) for _ in range(vertices)]
        return cls(costs, drawn, _cheapest_cover(neighbours(vertices, drawn), costs))

    def prompt(self) -> str:
        return (
            f"Choose vertices so that every edge has a chosen end, at the least total cost. Vertices 0 to "
            f"{len(self.costs) - 1} cost {' '.join(map(str, self.costs))}. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.cover

    def verify(self, answer: list[int]) -> float | None:
        chosen = {*answer}
        if len(chosen) != len(answer) or not all(0 <= vertex < len(self.costs) for vertex in answer):
            return None
        if not all(first in chosen or second in chosen for first, second in self.edges):
            return None
        return at_most(sum(self.costs[vertex] for vertex in answer), sum(self.costs[vertex] for vertex in self.cover))


def _cheapest_cover(joined: list[list[int]], costs: list[int]) -> list[int]:
    """Takes the vertex of most uncovered edges, or all its neighbours; vertex sets are bits."""
    bits = [sum(1 << other for other in others) for others in joined]
    known: dict[int, tuple[int, list[int]]] = {}

    def cover(left: int) -> tuple[int, list[int]]:
        if left not in known:
            vertex = max(range(len(bits)), key=lambda v: (left >> v & 1) * (bits[v] & left).bit_count())
            others = [other for other in joined[vertex] if left >> other & 1]
            if not left >> vertex & 1 or not others:
                return 0, []
            options: list[tuple[int, list[int]]] = []
            for taken in ([vertex], others):
                rest = left & ~(1 << vertex)
                for other in taken:
                    rest &= ~(1 << other)
                cost, members = cover(rest)
                options.append((cost + sum(costs[member] for member in taken), taken + members))
            known[left] = min(options)
        return known[left]

    return sorted(cover((1 << len(joined)) - 1)[1])
