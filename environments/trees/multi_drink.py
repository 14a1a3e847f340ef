"""All vertices of a tree in short hops."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share
from environments.trees._random_trees import neighbours


@dataclass(frozen=True)
class MultiDrink(Problem[list[int]]):
    """Put the vertices of a tree into an order in which neighbours are one or two edges apart."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4))
    edges: list[list[int]]
    order: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        """Rows are linked end to start by an edge, or by one to a neighbour of an end or start."""
        vertices += rng.randrange(2)
        rows = [[vertex] for vertex in rng.sample(range(vertices), vertices)]
        joined: list[list[int]] = [[] for _ in range(vertices)]
        while len(rows) > 1:
            first, second = (rows.pop(rng.randrange(len(rows))) for _ in range(2))
            end, start = first[-1], second[0]
            if rng.randrange(2):
                start = rng.choice([start, *joined[start]])
            else:
                end = rng.choice([end, *joined[end]])
            joined[end].append(start)
            joined[start].append(end)
            rows.append(first + second)
        edges = [[vertex, other] for vertex in range(vertices) for other in joined[vertex] if vertex < other]
        rng.shuffle(edges)
        return cls(edges, rows[0])

    def prompt(self) -> str:
        return (
            f"Put all vertices 0 to {len(self.edges)} of this tree into an order in which each is one or two edges "
            f"away from the next. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.order

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.order) or {*answer} != {*self.order}:
            return None
        near = {(min(edge), max(edge)) for edge in self.edges}
        for others in neighbours(len(answer), self.edges):
            near |= {(min(pair), max(pair)) for pair in combinations(others, 2)}
        return share(sum((min(hop), max(hop)) in near for hop in pairwise(answer)), len(self.edges))
