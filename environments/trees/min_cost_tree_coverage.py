"""Cheap watchmen in a tree."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.graphs._set_cover import cheapest_cover
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most
from environments.trees._random_trees import distances, neighbours, random_tree


@dataclass(frozen=True)
class MinCostTreeCoverage(Problem[list[int]]):
    """Choose vertices of a tree at the least cost so that some given ones are within reach."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4, most=30))  # the search takes too long for more
    costs: list[int]
    edges: list[list[int]]
    reach: int
    required: list[int]
    chosen: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        edges = random_tree(vertices, rng)
        costs = [rng.randint(1, 9) for _ in range(vertices)]
        reach = rng.randint(1, max(1, vertices // 6))
        required = sorted(rng.sample(range(vertices), rng.randint((vertices + 1) // 2, vertices - 1)))
        near = [sum(1 << vertex for vertex in ball) for ball in _balls(vertices, edges, reach)]
        chosen = cheapest_cover(near, costs, sum(1 << vertex for vertex in required))
        return cls(costs, edges, reach, required, chosen)

    def prompt(self) -> str:
        return (
            f"Choose vertices of this tree at the least total cost so that each of {' '.join(map(str, self.required))} "
            f"is chosen or at most {self.reach} {'edge' if self.reach == 1 else 'edges'} away from a chosen one. "
            f"Vertices 0 to {len(self.edges)} cost {' '.join(map(str, self.costs))}. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.chosen

    def verify(self, answer: list[int]) -> float | None:
        if len({*answer}) != len(answer) or not all(0 <= vertex < len(self.costs) for vertex in answer):
            return None
        joined = neighbours(len(self.costs), self.edges)
        apart = [distances(joined, vertex) for vertex in answer]
        if not all(any(row[vertex] <= self.reach for row in apart) for vertex in self.required):
            return None
        return at_most(sum(self.costs[vertex] for vertex in answer), sum(self.costs[vertex] for vertex in self.chosen))


def _balls(vertices: int, edges: list[list[int]], reach: int) -> list[list[int]]:
    """For each vertex those within reach."""
    joined = neighbours(vertices, edges)
    return [
        [other for other, steps in enumerate(distances(joined, vertex)) if steps <= reach] for vertex in range(vertices)
    ]
