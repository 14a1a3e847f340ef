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
    ladder = Ladder(vertices=linear(9, most=30))  # all pairs of good paths are tried
    edges: list[list[int]]
    components: int

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
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
    """Left after removing S: 1 - |S| + degrees in S - edges within S, so about 3 + degree - 2 summed over two paths."""
    vertices = len(joined)
    near = [sum(1 << other for other in others) for others in joined]
    paths: list[tuple[int, int, int]] = []  # gain, vertices and edges, as bits; an edge is named by its lower end
    for start in range(vertices):
        order, parents = rooted(joined, start)
        found: dict[int, tuple[int, int, int]] = {start: (len(joined[start]) - 2, 1 << start, 0)}
        for vertex in order[1:]:
            gain, members, edges = found[parents[vertex]]
            edge = _edge_bit(vertex, parents[vertex], vertices)
            found[vertex] = (gain + len(joined[vertex]) - 2, members | 1 << vertex, edges | edge)
        paths += [path for end, path in found.items() if end >= start]
    paths.sort(reverse=True)
    best = 0
    for place, (gain, members, edges) in enumerate(paths):
        if 3 + gain + paths[0][0] <= best:
            break
        for other_gain, other_members, other_edges in paths[place:]:
            if 3 + gain + other_gain <= best:
                break
            if edges & other_edges:
                continue
            both = members | other_members
            removed = [vertex for vertex in range(vertices) if both >> vertex & 1]
            within = sum((near[vertex] & both).bit_count() for vertex in removed) // 2
            best = max(best, 1 - len(removed) + sum(len(joined[vertex]) for vertex in removed) - within)
    return best


def _edge_bit(first: int, second: int, vertices: int) -> int:
    return 1 << (min(first, second) * vertices + max(first, second))
