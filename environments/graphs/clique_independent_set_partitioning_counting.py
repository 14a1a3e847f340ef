"""Splitting a graph into friends and strangers."""

from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Clique_IndependentSet_Partitioning_Counting(Problem[int]):
    """Count the ways to split a graph into a clique and an independent set."""

    answer = Integer()
    ladder = Ladder(vertices=linear(5))
    vertices: int
    edges: list[list[int]]
    splits: int

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        names = rng.sample(range(vertices), vertices)
        size = rng.randint(2, vertices - 2)
        clique, others = names[:size], names[size:]
        crossings = [*product(clique, others)]
        # Few or nearly all crossing edges leave many ways, others hardly any.
        few = rng.randint(0, min(2, len(crossings)))
        count = rng.choice((few, len(crossings) - few, rng.randint(0, len(crossings))))
        pairs = [*combinations(clique, 2), *rng.sample(crossings, count)]
        rng.shuffle(pairs)
        edges = [sorted(pair) for pair in pairs]
        return cls(vertices, edges, _splits(vertices, edges, sum(1 << vertex for vertex in clique)))

    def prompt(self) -> str:
        return (
            f"In how many ways can vertices 0 to {self.vertices - 1} be split into two nonempty sets S and T so that "
            "every two vertices of S share an edge and no two vertices of T do? A single vertex is allowed in both. "
            f"Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> int:
        return self.splits


def _splits(vertices: int, edges: list[list[int]], known: int) -> int:
    """From a known S, as bits, every other one is a vertex more, a vertex less or one exchanged away."""
    joined = [0] * vertices
    for first, second in edges:
        joined[first] |= 1 << second
        joined[second] |= 1 << first
    everything = (1 << vertices) - 1

    def holds(chosen: int) -> bool:
        return 0 < chosen < everything and all(
            chosen & ~joined[vertex] == 1 << vertex if chosen >> vertex & 1 else not joined[vertex] & ~chosen
            for vertex in range(vertices)
        )

    inside = [1 << vertex for vertex in range(vertices) if known >> vertex & 1]
    outside = [1 << vertex for vertex in range(vertices) if not known >> vertex & 1]
    near = [known, *(known ^ bit for bit in inside + outside), *(known ^ a ^ b for a, b in product(inside, outside))]
    return sum(map(holds, near))
