"""A way through a directed graph that meets every vertex once."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import arcs_along, edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share


@dataclass(frozen=True)
class HamiltonianPathExistence(Problem[list[int]]):
    """Find a path along arcs that visits every vertex exactly once."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4), arcs=linear(6, 2))
    arcs: list[list[int]]
    path: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int, arcs: int) -> Self:
        path = rng.sample(range(vertices), vertices)
        return cls([arc[:2] for arc in arcs_along(path, vertices, arcs, 1, rng)], path)

    def prompt(self) -> str:
        return (
            f"List 0 to {len(self.path) - 1} in an order, each once, in which an arc leads from every vertex to the "
            f"next. Arcs as from, to: {edge_text(self.arcs)}"
        )

    def solution(self) -> list[int]:
        return self.path

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.path) or {*answer} != {*self.path}:
            return None
        known = {(start, end) for start, end in self.arcs}
        return share(sum(step in known for step in pairwise(answer)), len(answer) - 1)
