"""Two groups of vertices, each far apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, weighted
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class TreeColoring(Problem[list[int]]):
    """Choose vertices so that distances among them and among the others add up to the most."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4))
    vertices: int
    edges: list[list[int]]
    count: int
    chosen: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        edges = weighted(random_tree(vertices, rng), 9, rng)
        count = rng.randint(1, vertices - 2)
        return cls(vertices, edges, count, _farthest(vertices, edges, count))

    def prompt(self) -> str:
        return (
            f"Choose {self.count} of vertices 0 to {self.vertices - 1} of this tree. Add up the distances of all pairs "
            "of chosen vertices and of all pairs of others; make the sum as large as possible. Edges as end, end, "
            f"length: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.chosen

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.count or len({*answer}) != self.count:
            return None
        if not all(0 <= vertex < self.vertices for vertex in answer):
            return None
        return at_least(self._sum(answer), self._sum(self.chosen), 25)

    def _sum(self, chosen: Sequence[int]) -> int:
        """Each edge counts as often as there are pairs of one kind on its two sides."""
        lengths = {(first, second): length for first, second, length in self.edges}
        order, parents = rooted(neighbours(self.vertices, self.edges))
        inside = [int(vertex in chosen) for vertex in range(self.vertices)]
        below = [1] * self.vertices
        total = 0
        for vertex in order[:0:-1]:
            parent = parents[vertex]
            length = lengths[min(vertex, parent), max(vertex, parent)]
            total += length * _pairs(inside[vertex], below[vertex], len(chosen), self.vertices)
            inside[parent] += inside[vertex]
            below[parent] += below[vertex]
        return total


def _pairs(chosen: int, below: int, all_chosen: int, vertices: int) -> int:
    """Pairs of two chosen or two others that an edge parts, with `chosen` of the `below` vertices under it."""
    others = below - chosen
    return chosen * (all_chosen - chosen) + others * (vertices - all_chosen - others)


def _farthest(vertices: int, edges: Sequence[Sequence[int]], count: int) -> list[int]:
    """For each subtree and number chosen in it the best sum over the edges in and above it."""
    lengths = {(first, second): length for first, second, length in edges}
    order, parents = rooted(neighbours(vertices, edges))
    best: list[list[tuple[int, list[int]]]] = [[(0, []), (0, [vertex])] for vertex in range(vertices)]
    for vertex in order[:0:-1]:
        parent, size = parents[vertex], len(best[vertex]) - 1
        length = lengths[min(vertex, parent), max(vertex, parent)]
        merged: list[tuple[int, list[int]]] = [(-1, [])] * (len(best[parent]) + size)
        for inside, (lower, members) in enumerate(best[vertex]):
            lower += length * _pairs(inside, size, count, vertices)  # noqa: PLW2901
            for number, (upper, others) in enumerate(best[parent]):
                if number + inside <= count and lower + upper > merged[number + inside][0]:
                    merged[number + inside] = (lower + upper, members + others)
        best[parent] = merged
    return sorted(best[order[0]][count][1])
