"""Edges that alone hold a graph together."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share


@dataclass(frozen=True)
class Bridge(Problem[list[list[int]]]):
    """Find all bridges of an undirected graph."""

    answer = Rows("pairs")
    ladder = Ladder(vertices=linear(5))
    edges: list[list[int]]
    bridges: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        """Cycles, some with chords, and single vertices, joined to a tree by the bridges."""
        names = rng.sample(range(vertices), vertices)
        edges: list[list[int]] = []
        bridges: list[list[int]] = []
        start, size = 0, rng.randint(3, min(6, vertices - 1))
        while start < vertices:
            block = names[start : start + size]
            if start:
                bridges.append(sorted((rng.choice(block), names[rng.randrange(start)])))
            if size >= 3:
                edges += [sorted((block[place - 1], block[place])) for place in range(size)]
            if size >= 4 and rng.randrange(2):
                edges.append(sorted((block[0], block[rng.randint(2, size - 2)])))
            start += size
            left = vertices - start
            size = rng.randint(3, min(6, left)) if left >= 3 and rng.randrange(2) else 1
        edges += bridges
        rng.shuffle(edges)
        return cls(edges, sorted(bridges))

    def prompt(self) -> str:
        return (
            "An edge is a bridge if without it no way is left between its two ends. Give the ends of every bridge "
            f"among these edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[list[int]]:
        return self.bridges

    def verify(self, answer: list[list[int]]) -> float | None:
        named = [sorted(pair) for pair in answer[: len(self.edges)]]
        if len(named) != len(answer) or any(named.count(pair) > 1 or pair not in self.bridges for pair in named):
            return None
        return share(len(named), len(self.bridges), 5)
