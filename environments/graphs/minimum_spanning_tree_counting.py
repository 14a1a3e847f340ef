"""How many lightest trees a graph holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.graphs._random_graphs import Components, connected_edges, edge_text, weighted
from environments.graphs._spanning_trees import spanning_tree_count
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MinimumSpanningTreeCounting(Problem[int]):
    """Count the spanning trees of least total weight, modulo a number."""

    answer = Integer()
    ladder = Ladder(vertices=linear(5), edges=linear(7, 1.5), heaviest=linear(2, 0.2))
    vertices: int
    edges: list[list[int]]
    modulus: int
    trees: int

    @classmethod
    def generate(cls, rng: Random, vertices: int, edges: int, heaviest: int) -> Self:
        bare = connected_edges(vertices, rng.randint(max(vertices, edges - 2), edges), rng)
        modulus = rng.randint(1001, 9999)
        drawn, trees = weighted(bare, 1, rng), 0
        for _ in range(4):
            candidate = weighted(bare, heaviest, rng)
            trees = _lightest_trees(vertices, candidate)
            if trees > 2:  # one or two are too easy to guess
                drawn = candidate
                break
        else:
            trees = spanning_tree_count(vertices, drawn)
        return cls(vertices, drawn, modulus, trees % modulus)

    def prompt(self) -> str:
        return (
            "How many spanning trees of least total weight has this graph, as sets of edges, modulo "
            f"{self.modulus}? Edges as end, end, weight: {edge_text(self.edges)}"
        )

    def solution(self) -> int:
        return self.trees

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.trees) if 0 <= answer < self.modulus else None


def _lightest_trees(vertices: int, edges: Sequence[Sequence[int]]) -> int:
    """Kruskal's algorithm with all edges of one weight at once: their spanning forests are counted and contracted."""
    components = Components(vertices)
    count = 1
    for _, group in groupby(sorted(edges, key=lambda edge: edge[2]), key=lambda edge: edge[2]):
        ends = [(components.find(first), components.find(second)) for first, second, _ in group]
        ends = [(first, second) for first, second in ends if first != second]
        for first, second in ends:
            components.join(first, second)
        pieces: dict[int, list[tuple[int, int]]] = {}
        for first, second in ends:
            pieces.setdefault(components.find(first), []).append((first, second))
        for piece in pieces.values():
            names = {vertex: place for place, vertex in enumerate(sorted({end for pair in piece for end in pair}))}
            count *= spanning_tree_count(len(names), [(names[first], names[second]) for first, second in piece])
    return count
