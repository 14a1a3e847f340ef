"""All colourings of a graph and how colourful they are."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.graphs._random_graphs import edge_text, random_edges
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours


@dataclass(frozen=True)
class ColoringCounting(Problem[int]):
    """Add up the numbers of distinct colours over all proper colourings with a limit for each vertex."""

    answer = Integer()
    # The count goes through all partitions into independent sets; eight vertices have 4,140 partitions at most.
    ladder = Ladder(vertices=linear(3, 0.5, most=8), edges=linear(2, 1, most=16))
    limits: list[int]
    edges: list[list[int]]
    total: int

    @classmethod
    def generate(cls, rng: Random, vertices: int, edges: int) -> Self:
        drawn = random_edges(vertices, edges, rng)
        joined = neighbours(vertices, drawn)
        limits = [rng.randint(len(others), 2 * len(others) + 1) for others in joined]
        return cls(limits, drawn, _total(limits, joined))

    def prompt(self) -> str:
        return (
            f"Colour vertices 0 to {len(self.limits) - 1} with whole numbers of at least 0 and at most "
            f"{' '.join(map(str, self.limits))}, in order, so that the ends of each edge differ. What is the "
            f"sum, over all such colourings, of the number of different colours used? Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> int:
        return self.total

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.total) if answer > 0 else None


def _total(limits: list[int], joined: list[list[int]]) -> int:
    """Colour classes one by one, each named by its vertex of the lowest limit, which no earlier colour exceeds."""
    order = sorted(range(len(limits)), key=lambda vertex: limits[vertex])
    classes: list[tuple[int, list[int]]] = []

    def extend(place: int, ways: int) -> int:
        if place == len(order):
            return ways * len(classes)
        vertex = order[place]
        total = 0
        for _, members in classes:
            if not any(other in joined[vertex] for other in members):
                members.append(vertex)
                total += extend(place + 1, ways)
                members.pop()
        fresh = limits[vertex] + 1 - len(classes)
        if fresh > 0:
            classes.append((vertex, [vertex]))
            total += extend(place + 1, ways * fresh)
            classes.pop()
        return total

    return extend(0, 1)
