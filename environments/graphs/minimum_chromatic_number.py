"""Few colours for a graph."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, random_edges
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most
from environments.trees._random_trees import neighbours


@dataclass(frozen=True)
class MinimumChromaticNumber(Problem[list[int]]):
    """Colour the vertices of a graph with as few colours as possible."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4, most=20))  # the search takes too long for more
    edges: list[list[int]]
    colours: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        pairs = vertices * (vertices - 1) // 2
        edges = random_edges(vertices, rng.randint(pairs * 2 // 5, pairs * 7 // 10), rng)
        return cls(edges, _colouring(neighbours(vertices, edges)))

    def prompt(self) -> str:
        return (
            f"Give each of vertices 0 to {len(self.colours) - 1}, in order, a number as its colour. The two ends of an "
            f"edge need different colours. Use as few different colours as possible. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.colours

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.colours) or any(answer[first] == answer[second] for first, second in self.edges):
            return None
        return at_most(len({*answer}), len({*self.colours}))


def _colouring(joined: list[list[int]]) -> list[int]:
    """Colours the vertex with the fewest free colours first; of the unused colours only one is tried."""
    best = [*range(len(joined))]
    colours = [-1] * len(joined)

    def extend(used: int) -> None:
        nonlocal best
        if used >= len({*best}):
            return
        waiting = [vertex for vertex, colour in enumerate(colours) if colour < 0]
        if not waiting:
            best = [*colours]
            return
        taken = {vertex: {colours[other] for other in joined[vertex]} - {-1} for vertex in waiting}
        vertex = max(waiting, key=lambda v: (len(taken[v]), len(joined[v])))
        for colour in range(min(used + 1, len({*best}) - 1)):
            if colour not in taken[vertex]:
                colours[vertex] = colour
                extend(max(used, colour + 1))
        colours[vertex] = -1

    extend(0)
    return best
