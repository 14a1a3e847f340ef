"""Heavy vertices of a tree, no two side by side."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class Maximum_IndependentSet_Tree(Problem[list[int]]):
    """Choose vertices of a tree with the greatest total weight, no two of them adjacent."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4))
    weights: list[int]
    edges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        return cls([rng.randint(1, 9) for _ in range(vertices)], random_tree(vertices, rng))

    def prompt(self) -> str:
        return (
            "Choose vertices of this tree with the greatest total weight, no two joined by an edge. Vertices 0 to "
            f"{len(self.weights) - 1} weigh {' '.join(map(str, self.weights))}. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        order, parents = rooted(neighbours(len(self.weights), self.edges))
        taken, left = [*self.weights], [0] * len(order)  # the best of a subtree with its root and without
        for vertex in order[:0:-1]:
            taken[parents[vertex]] += left[vertex]
            left[parents[vertex]] += max(taken[vertex], left[vertex])
        chosen: set[int] = set()
        for vertex in order:
            if taken[vertex] > left[vertex] and parents[vertex] not in chosen:
                chosen.add(vertex)
        return sorted(chosen)

    def verify(self, answer: list[int]) -> float | None:
        chosen = {*answer}
        if len(chosen) != len(answer) or not all(0 <= vertex < len(self.weights) for vertex in answer):
            return None
        if any(first in chosen and second in chosen for first, second in self.edges):
            return None
        best = sum(self.weights[vertex] for vertex in self.solution())
        return at_least(sum(self.weights[vertex] for vertex in answer), best)
