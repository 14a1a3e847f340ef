"""A walk that sees much of a tree."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class TreeMaximumVisitedVertex(Problem[list[int]]):
    """Walk a given number of steps in a tree so that as many vertices as possible are visited."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4))
    edges: list[list[int]]
    steps: int

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        return cls(random_tree(vertices, rng), rng.randint(vertices // 2, 2 * vertices - 4))

    def prompt(self) -> str:
        return (
            f"List the {self.steps + 1} vertices of a walk of {self.steps} steps along edges of this tree, from vertex "
            f"0, that visits as many different vertices as possible. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        """Down a deepest path, with as many visits beside it, two steps each, as steps are left for."""
        joined = neighbours(len(self.edges) + 1, self.edges)
        order, parents = rooted(joined)
        path = [order[-1]]
        while path[-1] != 0:
            path.append(parents[path[-1]])
        visits = max(0, self.steps - len(path) + 1) // 2
        walk: list[int] = []

        def beside(vertex: int) -> None:
            nonlocal visits
            walk.append(vertex)
            for other in joined[vertex]:
                if other != parents[vertex] and other not in path and visits > 0:
                    visits -= 1
                    beside(other)
                    walk.append(vertex)

        for vertex in path[::-1]:
            beside(vertex)
        while len(walk) <= self.steps:
            walk.append(walk[-2])
        return walk[: self.steps + 1]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.steps + 1 or answer[0] != 0:
            return None
        known = {(first, second) for first, second in self.edges}
        if not all((min(step), max(step)) in known for step in pairwise(answer)):
            return None
        return at_least(_visited(answer), _visited(self.solution()), 10)


def _visited(walk: Sequence[int]) -> int:
    return len({*walk})
