"""Pairs of neighbours that weigh the most."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._random_graphs import edge_text, random_edges, weighted
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least


@dataclass(frozen=True)
class MaximumWeightMatching(Problem[list[list[int]]]):
    """Choose edges of greatest total weight that share no vertex."""

    answer = Rows("pairs")
    # The search goes over sets of vertices; past 12 only edges are added.
    ladder = Ladder(vertices=linear(4, 0.75, most=12), edges=linear(4, 1.5, most=50), heaviest=linear(9, 2))
    edges: list[list[int]]
    matching: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int, edges: int, heaviest: int) -> Self:
        drawn = weighted(random_edges(vertices, edges, rng), heaviest, rng)
        return cls(drawn, _heaviest_matching(vertices, drawn))

    def prompt(self) -> str:
        return (
            "Choose edges that share no vertex, of the greatest total weight, and give their ends. Edges as end, end, "
            f"weight: {edge_text(self.edges)}"
        )

    def solution(self) -> list[list[int]]:
        return self.matching

    def verify(self, answer: list[list[int]]) -> float | None:
        weight = self._weight(answer)
        best = self._weight(self.matching)
        return None if weight is None or best is None else at_least(weight, best)

    def _weight(self, pairs: Sequence[Sequence[int]]) -> int | None:
        """The sum of the weights, or None where the pairs are no matching."""
        weights = {(first, second): weight for first, second, weight in self.edges}
        ends = [end for pair in pairs for end in pair]
        chosen = [(min(pair), max(pair)) for pair in pairs]
        if len({*ends}) != len(ends) or not all(
            len(pair) == 2 and edge in weights for pair, edge in zip(pairs, chosen, strict=True)
        ):
            return None
        return sum(weights[edge] for edge in chosen)


def _heaviest_matching(vertices: int, edges: Sequence[Sequence[int]]) -> list[list[int]]:
    """The smallest vertex left stays single or takes a neighbour that is left; vertex sets are bits."""
    later: list[list[tuple[int, int]]] = [[] for _ in range(vertices)]
    for first, second, weight in edges:
        later[first].append((second, weight))
    known: dict[int, tuple[int, list[list[int]]]] = {0: (0, [])}

    def match(left: int) -> tuple[int, list[list[int]]]:
        if left not in known:
            first = (left & -left).bit_length() - 1
            rest = left & (left - 1)
            best = match(rest)
            for second, weight in later[first]:
                if rest >> second & 1:
                    total, pairs = match(rest ^ 1 << second)
                    if total + weight > best[0]:
                        best = (total + weight, [[first, second], *pairs])
            known[left] = best
        return known[left]

    return match((1 << vertices) - 1)[1]
