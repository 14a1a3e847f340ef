"""A tree in as many pieces as two paths can leave."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class MostComponentTreeRemovingTwoPaths(Problem[int]):
    """Remove the vertices of two paths of a tree so that the most components are left."""

    answer = Integer()
    ladder = Ladder(vertices=linear(8, most=30))  # all pairs of good paths are tried
    edges: list[list[int]]
    components: int

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        vertices += rng.randrange(4)  # spreads the answers, which differ little from tree to tree
        edges = random_tree(vertices, rng)
        return cls(edges, _most_components(neighbours(vertices, edges)))

    def prompt(self) -> str:
        return (
            "Take two paths of this tree that share no edge; they may share a vertex, and one vertex is a path, too. "
            "Remove their vertices. At most how many connected components are left? Edges: "
            f"{edge_text(self.edges)}"
        )

    def solution(self) -> int:
        return self.components


def _most_components(joined: list[list[int]]) -> int:
    """Removing a set S leaves 1 - |S| + degrees in S - edges within S; a path gains the sum of degree - 2.

    Together two paths leave 3 + gains, 1 less where an edge joins them, and degree - 1 less where they share a vertex.
    """
    degrees = [len(others) for others in joined]
    near = [sum(1 << other for other in others) for others in joined]
    paths: list[tuple[int, int, int]] = []  # gain, vertices and all their neighbours, as bits
    for start in range(len(joined)):
        order, parents = rooted(joined, start)
        found: dict[int, tuple[int, int, int]] = {start: (degrees[start] - 2, 1 << start, near[start])}
        for vertex in order[1:]:
            gain, members, beside = found[parents[vertex]]
            found[vertex] = (gain + degrees[vertex] - 2, members | 1 << vertex, beside | near[vertex])
        paths += [path for end, path in found.items() if end >= start]
    paths.sort(reverse=True)
    best = 0
    for place, (gain, members, beside) in enumerate(paths):
        if 3 + gain + gain <= best:
            break
        for other_gain, other_members, _ in paths[place:]:
            most = 3 + gain + other_gain
            if most <= best:
                break
            common = members & other_members
            if common & (common - 1):
                continue  # two common vertices, so a common edge
            if common:
                best = max(best, most + 1 - degrees[common.bit_length() - 1])
            else:
                best = max(best, most - bool(beside & other_members))
    return best
