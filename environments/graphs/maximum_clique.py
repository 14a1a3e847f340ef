"""The largest group of vertices that are all joined."""

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least
from environments.trees._random_trees import neighbours


@dataclass(frozen=True)
class MaximumClique(Problem[list[int]]):
    """Find a largest set of vertices that are pairwise joined."""

    answer = Integers()
    ladder = Ladder(vertices=linear(5))
    edges: list[list[int]]
    clique: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        """A planted clique among random edges; the largest one is searched for."""
        planted = sorted(rng.sample(range(vertices), rng.randint(3, 3 + vertices // 6)))
        edges = [*combinations(planted, 2)]
        others = [pair for pair in combinations(range(vertices), 2) if pair not in edges]
        edges += rng.sample(others, rng.randint(len(others) // 4, len(others) // 2))
        rng.shuffle(edges)
        drawn = [[first, second] for first, second in edges]
        return cls(drawn, _largest_clique(neighbours(vertices, drawn)))

    def prompt(self) -> str:
        return f"Find as many vertices as possible that are all joined to each other. Edges: {edge_text(self.edges)}"

    def solution(self) -> list[int]:
        return self.clique

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) > len(self.clique) or len({*answer}) != len(answer):
            return None
        known = {(first, second) for first, second in self.edges}
        if not all(pair in known for pair in combinations(sorted(answer), 2)):
            return None
        # Where no pair vouches for a single vertex, any edge of it does.
        if len(answer) == 1 and not any(answer[0] in edge for edge in self.edges):
            return None
        return at_least(len(answer), len(self.clique))


def _largest_clique(joined: list[list[int]]) -> list[int]:
    """Branch and bound over sets of vertices as bits."""
    bits = [sum(1 << other for other in others) for others in joined]
    best: list[int] = []

    def extend(chosen: list[int], allowed: int) -> None:
        nonlocal best
        if len(chosen) > len(best):
            best = chosen
        while allowed and len(chosen) + allowed.bit_count() > len(best):
            vertex = allowed.bit_length() - 1
            allowed ^= 1 << vertex
            extend([*chosen, vertex], allowed & bits[vertex])

    extend([], (1 << len(joined)) - 1)
    return sorted(best)
