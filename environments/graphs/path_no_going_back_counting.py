"""Walks that never turn back on the edge that they came by."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem

_MODULUS = 10000


@dataclass(frozen=True)
class Path_NoGoingBack_Counting(Problem[int]):
    """Count the walks of a given length that never take an edge back at once."""

    answer = Integer()
    ladder = Ladder(vertices=linear(4), longest=linear(6, 3))
    edges: list[list[int]]
    vertices: int
    length: int
    walks: int

    @classmethod
    def generate(cls, rng: Random, vertices: int, longest: int) -> Self:
        order = rng.sample(range(vertices), vertices)
        path = sorted((min(pair), max(pair)) for pair in pairwise(order))
        others = [pair for pair in combinations(range(vertices), 2) if pair not in path]
        # At least two edges more than the path: on a tree or a cycle hardly any walk would be left.
        extra = rng.sample(others, vertices // 4 + rng.randint(1, 2))
        edges = [list(pair) for pair in path + extra]
        rng.shuffle(edges)
        counts = _count_walks(edges, vertices, longest)
        possible = [length for length, count in enumerate(counts, 1) if count]
        length = rng.choice(possible[len(possible) // 2 :])
        return cls(edges=edges, vertices=vertices, length=length, walks=counts[length - 1])

    def prompt(self) -> str:
        return (
            f"Walk from vertex 0 to vertex {self.vertices - 1} in exactly {self.length} steps along these edges, "
            "either way, never taking an edge straight back. How many walks are there, modulo 10000? "
            + " ".join(f"{a}-{b}" for a, b in self.edges)
        )

    def solution(self) -> int:
        return self.walks

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.walks) if 0 <= answer < _MODULUS else None


def _count_walks(edges: list[list[int]], vertices: int, longest: int) -> list[int]:
    """The walks from the first vertex to the last of 1, 2, …, `longest` steps."""
    arcs = edges + [[b, a] for a, b in edges]
    ending = [int(start == 0) for start, _ in arcs]  # walks whose last step is this arc
    counts: list[int] = []
    for _ in range(longest):
        arriving = [0] * vertices
        for (_, end), walks in zip(arcs, ending, strict=True):
            arriving[end] += walks
        counts.append(arriving[-1] % _MODULUS)
        opposite = ending[len(edges) :] + ending[: len(edges)]
        ending = [(arriving[start] - back) % _MODULUS for (start, _), back in zip(arcs, opposite, strict=True)]
    return counts
