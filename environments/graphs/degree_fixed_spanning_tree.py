"""A spanning tree whose degrees are given."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._random_graphs import edge_text, is_spanning_tree, random_edges
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share
from environments.trees._random_trees import neighbours, random_tree


@dataclass(frozen=True)
class DegreeFixed_SpanningTree(Problem[list[list[int]]]):
    """Find a spanning tree in which every vertex has a given number of edges."""

    answer = Rows("pairs")
    ladder = Ladder(vertices=linear(4), extra=linear(1, 1))
    degrees: list[int]
    edges: list[list[int]]
    tree: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int, extra: int) -> Self:
        tree = random_tree(vertices, rng)
        # Some of these are edges of the tree already.
        others = [edge for edge in random_edges(vertices, 2 * extra, rng) if edge not in tree]
        edges = tree + others
        rng.shuffle(edges)
        return cls([len(joined) for joined in neighbours(vertices, tree)], edges, sorted(tree))

    def prompt(self) -> str:
        return (
            f"Choose edges that form a tree on all vertices 0 to {len(self.degrees) - 1} in which the vertices have "
            f"{' '.join(map(str, self.degrees))} edges, in order. Give their ends. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[list[int]]:
        return self.tree

    def verify(self, answer: list[list[int]]) -> float | None:
        if not is_spanning_tree(answer, len(self.degrees), self.edges):
            return None
        found = neighbours(len(self.degrees), answer)
        return share(sum(len(joined) == degree for joined, degree in zip(found, self.degrees, strict=True)), len(found))
