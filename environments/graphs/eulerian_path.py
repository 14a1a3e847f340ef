"""A walk that uses every edge once."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class EulerianPath(Problem[list[int]]):
    """Find a walk that uses every edge exactly once."""

    answer = Integers()
    ladder = Ladder(edges=linear(3))
    edges: list[list[int]]
    walk: list[int]

    @classmethod
    def generate(cls, rng: Random, edges: int) -> Self:
        """A walk to and fro among few vertices that takes a new vertex where all edges are used up."""
        vertices = 3 + edges // 2
        walk = [0]
        used: set[frozenset[int]] = set()
        while len(walk) <= edges:
            steps = [
                other for other in range(vertices) if other != walk[-1] and frozenset((walk[-1], other)) not in used
            ]
            if not steps:
                steps = [vertices]
                vertices += 1
            used.add(frozenset((walk[-1], step := rng.choice(steps))))
            walk.append(step)
        names = rng.sample(range(vertices), vertices)
        walk = [names[vertex] for vertex in walk]
        drawn = [sorted(pair) for pair in pairwise(walk)]
        rng.shuffle(drawn)
        return cls(drawn, walk)

    def prompt(self) -> str:
        return (
            "List the vertices of a walk that uses each of these edges exactly once, in either direction: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.walk

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.walk):
            return None
        return 1.0 if sorted(sorted(pair) for pair in pairwise(answer)) == sorted(self.edges) else 0.0
