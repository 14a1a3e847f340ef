"""Where two branches of a tree meet."""

from dataclasses import dataclass
from itertools import chain
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class LowestCommonAncestor(Problem[int]):
    """Find the lowest vertex of a rooted tree that is above two given ones."""

    answer = Integer()
    ladder = Ladder(vertices=linear(5))
    edges: list[list[int]]
    root: int
    first: int
    second: int

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        """The ancestor is drawn first, else the root would be asked for most of the time."""
        edges = random_tree(vertices, rng)
        root = rng.randrange(vertices)
        order, parents = rooted(neighbours(vertices, edges), root)
        branches: list[list[list[int]]] = [[[vertex]] for vertex in range(vertices)]
        for vertex in order[:0:-1]:
            branches[parents[vertex]].append([*chain(*branches[vertex])])
        meeting = rng.choice([parts for parts in branches if len(parts) > 1])
        # Where there are two branches below, neither of the two is the ancestor itself.
        first, second = rng.sample(meeting[1:] if len(meeting) > 2 else meeting, 2)
        return cls(edges, root, rng.choice(first), rng.choice(second))

    def prompt(self) -> str:
        return (
            f"What is the lowest common ancestor of {self.first} and {self.second} in the tree with root {self.root}? "
            f"A vertex is its own ancestor, too. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> int:
        _, parents = rooted(neighbours(len(self.edges) + 1, self.edges), self.root)
        above = [self.first]
        while above[-1] != self.root:
            above.append(parents[above[-1]])
        vertex = self.second
        while vertex not in above:
            vertex = parents[vertex]
        return vertex

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 0 <= answer <= len(self.edges) else None
