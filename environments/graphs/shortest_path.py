"""The shortest path in a directed graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import arcs_along, edge_text, walk_weight
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most


@dataclass(frozen=True)
class ShortestPath(Problem[list[int]]):
    """Find the lightest path from the first to the last vertex of a directed graph."""

    answer = Integers()
    ladder = Ladder(vertices=linear(5))
    vertices: int
    arcs: list[list[int]]
    shortest: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        arcs, shortest = list[list[int]](), list[int]()
        for _ in range(8):  # until a path of more arcs than the fewest is lightest, so that the weights matter
            between = rng.sample(range(1, vertices - 1), rng.randint(1, vertices - 2))
            path = [0, *between, vertices - 1]
            arcs = arcs_along(path, vertices, 2 * vertices, heaviest=9, rng=rng, direct=False)
            shortest = _lightest_path(vertices, arcs)
            if len(shortest) > len(_lightest_path(vertices, [[start, end, 1] for start, end, _ in arcs])):
                break
        return cls(vertices, arcs, shortest)

    def prompt(self) -> str:
        return (
            f"Find a path of least total weight from vertex 0 to vertex {self.vertices - 1} and list its vertices in "
            f"order. Directed arcs as from, to, weight: {edge_text(self.arcs)}"
        )

    def solution(self) -> list[int]:
        return self.shortest

    def verify(self, answer: list[int]) -> float | None:
        if not answer or answer[0] != 0 or answer[-1] != self.vertices - 1:
            return None
        weight, least = walk_weight(answer, self.arcs), walk_weight(self.shortest, self.arcs)
        assert least is not None
        return None if weight is None else at_most(weight, least)


def _lightest_path(vertices: int, arcs: Sequence[Sequence[int]]) -> list[int]:
    """Dijkstra's algorithm; the last vertex has to be within reach."""
    leaving: list[list[tuple[int, int]]] = [[] for _ in range(vertices)]
    for start, end, weight in arcs:
        leaving[start].append((end, weight))
    queue: list[tuple[int, list[int]]] = [(0, [0])]
    done: set[int] = set()
    while True:
        total, path = heappop(queue)
        if path[-1] == vertices - 1:
            return path
        if path[-1] not in done:
            done.add(path[-1])
            for end, weight in leaving[path[-1]]:
                heappush(queue, (total + weight, [*path, end]))
