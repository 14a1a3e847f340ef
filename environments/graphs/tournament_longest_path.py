"""A long path where every two vertices share an arc."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least


@dataclass(frozen=True)
class Tournament_LongestPath(Problem[list[int]]):
    """Find a longest path from a given vertex of a tournament."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4, 0.75))
    arcs: list[list[int]]
    path: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        """A path is planted; up to one vertex is out of its reach, having only arcs to others."""
        names = rng.sample(range(vertices), vertices)
        count = vertices - rng.randrange(2)
        arcs: list[list[int]] = []
        for first, second in combinations(range(vertices), 2):
            onward = second == first + 1 or rng.randrange(2)
            if second >= count:
                onward = False
            arcs.append([names[first], names[second]] if onward else [names[second], names[first]])
        rng.shuffle(arcs)
        return cls(arcs, names[:count])

    def prompt(self) -> str:
        return (
            f"Find a path along arcs from vertex {self.path[0]} through as many vertices as possible, none twice. "
            f"Arcs as from, to: {edge_text(self.arcs)}"
        )

    def solution(self) -> list[int]:
        return self.path

    def verify(self, answer: list[int]) -> float | None:
        if answer[:1] != self.path[:1] or len(answer) > len(self.path) or len({*answer}) != len(answer):
            return None
        known = {(start, end) for start, end in self.arcs}
        return at_least(len(answer), len(self.path)) if all(step in known for step in pairwise(answer)) else None
