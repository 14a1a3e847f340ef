"""Paths from one vertex that together use every arc."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._flows import cheapest_flow
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most


@dataclass(frozen=True)
class MinPathCover_DAG(Problem[list[list[int]]]):
    """Cover all arcs of an acyclic graph with paths from one vertex at the least total weight."""

    answer = Rows("paths")
    ladder = Ladder(vertices=linear(4, 0.5, most=20), arcs=linear(4, 1, most=40))  # answers are as long as questions
    arcs: list[list[int]]
    paths: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int, arcs: int) -> Self:
        """Every vertex but 0 gets an arc from an earlier one, so that 0 reaches all."""
        order = [0, *rng.sample(range(1, vertices), vertices - 1)]
        pairs = [(rng.randrange(place), place) for place in range(1, vertices)]
        others = [(a, b) for b in range(vertices) for a in range(b) if (a, b) not in pairs]
        pairs += rng.sample(others, min(arcs - len(pairs), len(others)))
        rng.shuffle(pairs)
        drawn = [[order[first], order[second], rng.randint(1, 9)] for first, second in pairs]
        return cls(drawn, _cheapest_paths(vertices, drawn))

    def prompt(self) -> str:
        return (
            "Give paths along arcs, each from vertex 0 to any vertex, so that every arc is on a path. The total "
            "weight, with an arc counted once for every path on it, has to be as small as possible. Arcs as from, to, "
            f"weight: {edge_text(self.arcs)}"
        )

    def solution(self) -> list[list[int]]:
        return self.paths

    def verify(self, answer: list[list[int]]) -> float | None:
        weights = {(start, end): weight for start, end, weight in self.arcs}
        used = [step for path in answer for step in pairwise(path)]
        if any(path[0] != 0 for path in answer) or {*used} != {*weights}:
            return None
        best = sum(weights[step] for path in self.paths for step in pairwise(path))
        return at_most(sum(weights[step] for step in used), best)


def _cheapest_paths(vertices: int, arcs: Sequence[Sequence[int]]) -> list[list[int]]:
    """One path on every arc, and as many more as vertices lack that have more arcs leaving than entering.

    More paths come from vertex 0 or from where more arcs enter than leave, along any arcs: a flow of least cost.
    """
    source, sink, enough = 0, vertices + 1, len(arcs) * vertices
    surplus = [0] * vertices
    for start, end, _ in arcs:
        surplus[start] -= 1
        surplus[end] += 1
    surplus[0] = enough
    flow_arcs = [(start + 1, end + 1, enough, weight) for start, end, weight in arcs]
    flow_arcs += [(source, vertex + 1, more, 0) for vertex, more in enumerate(surplus) if more > 0]
    flow_arcs += [(vertex + 1, sink, -more, 0) for vertex, more in enumerate(surplus) if more < 0]
    flows = cheapest_flow(vertices + 2, flow_arcs)
    left = [1 + flow for flow in flows[: len(arcs)]]
    paths: list[list[int]] = []
    while any(left):
        path = [0]
        while steps := [place for place, arc in enumerate(arcs) if arc[0] == path[-1] and left[place]]:
            left[steps[0]] -= 1
            path.append(arcs[steps[0]][1])
        paths.append(path)
    return paths
