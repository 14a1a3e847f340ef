"""The heaviest path that meets no vertex twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import arcs_along, edge_text, walk_weight
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least


@dataclass(frozen=True)
class LongestPath(Problem[list[int]]):
    """Find a path of greatest total weight that visits no vertex twice."""

    answer = Integers()
    # The search goes over sets of vertices; past 10 only arcs are added.
    ladder = Ladder(vertices=linear(4, 0.5, most=10), arcs=linear(5, 1, most=40))
    vertices: int
    arcs: list[list[int]]
    path: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int, arcs: int) -> Self:
        drawn = arcs_along(rng.sample(range(vertices), 2), vertices, arcs, 9, rng)
        return cls(vertices, drawn, _heaviest_path(vertices, drawn))

    def prompt(self) -> str:
        return (
            "Find a path of greatest total weight, from any vertex to any other, that visits no vertex twice, and list "
            f"its vertices. Directed arcs as from, to, weight: {edge_text(self.arcs)}"
        )

    def solution(self) -> list[int]:
        return self.path

    def verify(self, answer: list[int]) -> float | None:
        weight, best = walk_weight(answer, self.arcs), walk_weight(self.path, self.arcs)
        assert best is not None
        if not answer or weight is None or len({*answer}) != len(answer) or not 0 <= answer[0] < self.vertices:
            return None
        return at_least(weight, best)


def _heaviest_path(vertices: int, arcs: Sequence[Sequence[int]]) -> list[int]:
    """For each vertex and set of visited ones (as bits) the heaviest way on."""
    leaving: list[list[tuple[int, int]]] = [[] for _ in range(vertices)]
    for start, end, weight in arcs:
        leaving[start].append((end, weight))
    known: dict[tuple[int, int], tuple[int, int]] = {}  # → weight, next vertex or -1

    def onward(vertex: int, visited: int) -> tuple[int, int]:
        key = (vertex, visited)
        if key not in known:
            best = (0, -1)
            for end, weight in leaving[vertex]:
                if not visited >> end & 1:
                    best = max(best, (weight + onward(end, visited | 1 << end)[0], end))
            known[key] = best
        return known[key]

    vertex = max(range(vertices), key=lambda start: onward(start, 1 << start)[0])
    path, visited = [vertex], 1 << vertex
    while (vertex := onward(vertex, visited)[1]) >= 0:
        path.append(vertex)
        visited |= 1 << vertex
    return path
