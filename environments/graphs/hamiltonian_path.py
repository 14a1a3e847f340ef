"""The lightest walk through all vertices of a directed graph."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import arcs_along, edge_text, walk_weight
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most


@dataclass(frozen=True)
class HamiltonianPath(Problem[list[int]]):
    """Find the lightest walk that visits every vertex of a directed graph."""

    answer = Integers()
    # The search takes 2 ** vertices steps; past 12 vertices only arcs are added.
    ladder = Ladder(vertices=linear(3, 0.5, most=12), arcs=linear(4, 1.5))
    vertices: int
    arcs: list[list[int]]
    lightest: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int, arcs: int) -> Self:
        drawn = arcs_along(rng.sample(range(vertices), vertices), vertices, arcs, heaviest=9, rng=rng)
        return cls(vertices, drawn, _lightest_walk(vertices, drawn))

    def prompt(self) -> str:
        return (
            f"Find a walk of least total weight that visits every vertex from 0 to {self.vertices - 1} and list its "
            "vertices in order. Start and end anywhere; vertices and arcs may repeat, each use counts. "
            f"Directed arcs as from, to, weight: {edge_text(self.arcs)}"
        )

    def solution(self) -> list[int]:
        return self.lightest

    def verify(self, answer: list[int]) -> float | None:
        weight, least = walk_weight(answer, self.arcs), walk_weight(self.lightest, self.arcs)
        assert least is not None
        return None if weight is None or set(answer) != {*range(self.vertices)} else at_most(weight, least)


def _lightest_walk(vertices: int, arcs: Sequence[Sequence[int]]) -> list[int]:
    """The best order of first visits, by dynamic programming over sets, with shortest routes in between."""
    routes = _routes(vertices, arcs)
    steps = [[(end, 1 << end, weight) for end, (weight, _) in row.items()] for row in routes]
    everything = (1 << vertices) - 1
    # visited set (as bits) → last vertex → (weight, the vertex before it)
    best: list[dict[int, tuple[int, int]]] = [{} for _ in range(everything + 1)]
    for vertex in range(vertices):
        best[1 << vertex][vertex] = (0, vertex)
    for visited in range(1, everything):
        for last, (weight, _) in best[visited].items():
            for end, bit, step in steps[last]:
                if not visited & bit:
                    row = best[visited | bit]
                    if end not in row or weight + step < row[end][0]:
                        row[end] = (weight + step, last)
    visited, last = everything, min(best[everything], key=lambda vertex: best[everything][vertex])
    walk = [last]
    while visited & (visited - 1):
        before = best[visited][last][1]
        walk = [*routes[before][last][1][:-1], *walk]
        visited, last = visited ^ 1 << last, before
    return walk


def _routes(vertices: int, arcs: Sequence[Sequence[int]]) -> list[dict[int, tuple[int, list[int]]]]:
    """from → to → (weight, vertices) of a lightest route, by the Floyd-Warshall algorithm."""
    routes: list[dict[int, tuple[int, list[int]]]] = [{} for _ in range(vertices)]
    for start, end, weight in arcs:
        routes[start][end] = (weight, [start, end])
    for middle in range(vertices):
        for start in range(vertices):
            if middle not in routes[start] or start == middle:
                continue
            first, head = routes[start][middle]
            for end, (second, tail) in routes[middle].items():
                if end != start and (end not in routes[start] or first + second < routes[start][end][0]):
                    routes[start][end] = (first + second, [*head, *tail[1:]])
    return routes
