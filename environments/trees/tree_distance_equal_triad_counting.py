"""Three vertices, each as far from the next."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class Tree_DistanceEqualTriad_Counting(Problem[int]):
    """Count the sets of three vertices of a tree that are equally far apart."""

    answer = Integer()
    ladder = Ladder(vertices=linear(8))
    edges: list[list[int]]
    triads: int

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        """A tree with three branches somewhere, grown from such a one if chance gives none."""
        for _ in range(4):
            edges = random_tree(vertices, rng)
            triads = _triads(neighbours(vertices, edges))
            if triads:
                return cls(edges, triads)
        names = rng.sample(range(vertices), vertices)
        middles = [0, 0, 0, *(rng.randrange(place) for place in range(4, vertices))]
        edges = [sorted((names[place], names[middle])) for place, middle in enumerate(middles, 1)]
        rng.shuffle(edges)
        return cls(edges, _triads(neighbours(vertices, edges)))

    def prompt(self) -> str:
        return (
            "How many sets of three vertices of this tree have three equal distances, counted in edges, between them? "
            f"Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> int:
        return self.triads

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.triads) if answer >= 0 else None


def _triads(joined: list[list[int]]) -> int:
    """Each triad has a middle, from which its vertices lie equally deep in three branches."""
    triads = 0
    for middle, branches in enumerate(joined):
        # By depth: the ways to have chosen 1, 2 and 3 vertices from different branches so far.
        ways = [[1, 0, 0, 0] for _ in joined]
        order, parents = rooted(joined, middle)
        depth = [0] * len(joined)
        branch = [*range(len(joined))]
        counts: dict[tuple[int, int], int] = {}
        for vertex in order[1:]:
            parent = parents[vertex]
            depth[vertex] = depth[parent] + 1
            branch[vertex] = vertex if parent == middle else branch[parent]
            key = (branch[vertex], depth[vertex])
            counts[key] = counts.get(key, 0) + 1
        if len(branches) < 3:
            continue
        for (_, level), count in counts.items():
            row = ways[level]
            for chosen in (3, 2, 1):
                row[chosen] += row[chosen - 1] * count
        triads += sum(row[3] for row in ways)
    return triads
