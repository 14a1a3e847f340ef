"""One edge more, so that nothing is far apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, weighted
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class TreeAddOneEdgeDiameter(Problem[list[int]]):
    """Add an edge to a tree so that its greatest distance becomes least."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4, most=24))  # all pairs of ends are tried on all pairs of vertices
    vertices: int
    edges: list[list[int]]
    length: int
    ends: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        length = rng.randint(1, 3)
        edges = weighted(random_tree(vertices, rng), 9, rng)
        apart = _distances(vertices, edges)
        ends, best = _best_ends(apart, length)
        if best == max(map(max, apart)):
            # Where no edge helps, a path replaces the tree: joining its ends helps always.
            names = rng.sample(range(vertices), vertices)
            edges = weighted([sorted(pair) for pair in pairwise(names)], 9, rng)
            length = 1
            ends, best = _best_ends(_distances(vertices, edges), length)
        return cls(vertices, edges, length, ends)

    def prompt(self) -> str:
        return (
            f"Which two vertices of this tree should get an edge of length {self.length} between them, so that the "
            "greatest distance of two vertices becomes as small as possible? Edges as end, end, length: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.ends

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2 or answer[0] == answer[1] or not all(0 <= vertex < self.vertices for vertex in answer):
            return None
        apart = _distances(self.vertices, self.edges)
        found, best = (_diameter(apart, ends, self.length) for ends in (answer, self.ends))
        return at_most(found, best)


def _distances(vertices: int, edges: Sequence[Sequence[int]]) -> list[list[int]]:
    """Between all vertices of the tree."""
    lengths = {(first, second): length for first, second, length in edges}
    order, parents = rooted(neighbours(vertices, edges))
    apart = [[0] * vertices for _ in range(vertices)]
    for place, vertex in enumerate(order):
        parent = parents[vertex]
        for other in order[:place]:
            length = apart[parent][other] + lengths[min(vertex, parent), max(vertex, parent)]
            apart[vertex][other] = apart[other][vertex] = length
    return apart


def _diameter(apart: list[list[int]], ends: Sequence[int], length: int, enough: int | None = None) -> int:
    """With an edge between the two; once a distance reaches `enough` it is returned at once."""
    near, far = (apart[end] for end in ends)
    greatest = 0
    for start, row in enumerate(apart):
        here, there = near[start] + length, far[start] + length
        for end in range(start):
            distance = min(row[end], here + far[end], there + near[end])
            greatest = max(greatest, distance)
        if enough is not None and greatest >= enough:
            return greatest
    return greatest


def _best_ends(apart: list[list[int]], length: int) -> tuple[list[int], int]:
    best, ends = max(map(max, apart)), [0, 1]
    for pair in combinations(range(len(apart)), 2):
        found = _diameter(apart, pair, length, best)
        if found < best:
            best, ends = found, [*pair]
    return ends, best
