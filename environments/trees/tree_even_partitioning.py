"""A tree in equal pieces."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share
from environments.trees._random_trees import random_tree


@dataclass(frozen=True)
class TreeEvenPartitioning(Problem[list[list[int]]]):
    """Split a tree into connected sets of equal size."""

    answer = Rows("sets")
    ladder = Ladder(sets=linear(2, 0.5), size=linear(2, 0.25))
    edges: list[list[int]]
    size: int
    sets: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, sets: int, size: int) -> Self:
        names = rng.sample(range(sets * size), sets * size)
        edges: list[list[int]] = []
        for start in range(0, len(names), size):
            edges += [[names[start + first], names[start + second]] for first, second in random_tree(size, rng)]
            if start:
                edges.append([rng.choice(names[start : start + size]), names[rng.randrange(start)]])
        rng.shuffle(edges)
        drawn = [sorted(names[start : start + size]) for start in range(0, len(names), size)]
        return cls([sorted(edge) for edge in edges], size, sorted(drawn))

    def prompt(self) -> str:
        return (
            f"Split vertices 0 to {len(self.edges)} of this tree into {len(self.sets)} sets of {self.size}, each "
            f"connected by edges between its own vertices. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[list[int]]:
        return self.sets

    def verify(self, answer: list[list[int]]) -> float | None:
        if len(answer) != len(self.sets) or any(len(members) != self.size for members in answer):
            return None
        set_of = {vertex: place for place, members in enumerate(answer) for vertex in members}
        if {*set_of} != {*range(len(self.edges) + 1)}:
            return None
        inside = [0] * len(answer)
        for first, second in self.edges:
            if set_of[first] == set_of[second]:
                inside[set_of[first]] += 1
        return share(inside.count(self.size - 1), len(answer), 5)
