"""Cheap vertices next to all others."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, random_edges
from environments.graphs._set_cover import cheapest_cover
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most
from environments.trees._random_trees import neighbours


@dataclass(frozen=True)
class Minimum_DominatingSet(Problem[list[int]]):
    """Choose vertices of least total cost so that all others have a chosen neighbour."""

    answer = Integers()
    # The search grows with the vertices; past 18 only edges are added, which ease it.
    ladder = Ladder(vertices=linear(4, most=18), edges=linear(4, 2))
    costs: list[int]
    edges: list[list[int]]
    chosen: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int, edges: int) -> Self:
        drawn = random_edges(vertices, edges, rng)
        costs = [rng.randint(1, 9) for _ in range(vertices)]
        joined = neighbours(vertices, drawn)
        near = [sum((1 << other for other in others), 1 << vertex) for vertex, others in enumerate(joined)]
        return cls(costs, drawn, cheapest_cover(near, costs, (1 << vertices) - 1))

    def prompt(self) -> str:
        return (
            f"Choose vertices so that every vertex is chosen or has a chosen neighbour, at the least total cost. "
            f"Vertices 0 to {len(self.costs) - 1} cost {' '.join(map(str, self.costs))}. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.chosen

    def verify(self, answer: list[int]) -> float | None:
        if len({*answer}) != len(answer) or not all(0 <= vertex < len(self.costs) for vertex in answer):
            return None
        chosen = {*answer}
        reached = {*answer}
        for first, second in self.edges:
            if first in chosen or second in chosen:
                reached |= {first, second}
        if len(reached) != len(self.costs):
            return None
        return at_most(sum(self.costs[vertex] for vertex in answer), sum(self.costs[vertex] for vertex in self.chosen))
