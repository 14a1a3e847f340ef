"""Counting the ways to walk in a circle."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.graphs._random_graphs import connected_edges, edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours


@dataclass(frozen=True)
class CycleCounting(Problem[int]):
    """Count the simple cycles of an undirected graph."""

    answer = Integer()
    # Every edge beyond a tree at most doubles the cycles; seven of them keep the count, and the search, small.
    ladder = Ladder(vertices=linear(4), extra=linear(3, 0.5, most=7))
    edges: list[list[int]]
    cycles: int

    @classmethod
    def generate(cls, rng: Random, vertices: int, extra: int) -> Self:
        edges = connected_edges(vertices, vertices - 1 + rng.randint((extra + 1) // 2, extra), rng)
        return cls(edges, _count_cycles(neighbours(vertices, edges)))

    def prompt(self) -> str:
        return (
            "How many cycles have these edges? A cycle returns to its first vertex, passes no vertex twice and is "
            f"told by its set of edges, not by where or which way it starts: {edge_text(self.edges)}"
        )

    def solution(self) -> int:
        return self.cycles

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.cycles) if answer >= 0 else None


def _count_cycles(joined: list[list[int]]) -> int:
    """Walks every cycle both ways from its smallest vertex; dead ends are cut off first."""
    joined = [[*others] for others in joined]
    leaves = [vertex for vertex, others in enumerate(joined) if len(others) == 1]
    for leaf in leaves:
        for other in joined[leaf]:
            joined[other].remove(leaf)
            if len(joined[other]) == 1:
                leaves.append(other)
        joined[leaf] = []
    visited = [False] * len(joined)

    def closed_walks(vertex: int, start: int, before: int) -> int:
        visited[vertex] = True
        found = 0
        for other in joined[vertex]:
            if other == start:
                found += other != before
            elif other > start and not visited[other]:
                found += closed_walks(other, start, vertex)
        visited[vertex] = False
        return found

    return sum(closed_walks(start, start, start) for start in range(len(joined))) // 2
