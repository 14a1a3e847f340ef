"""Two groups in which everyone has an even number of neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, random_edges
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share


@dataclass(frozen=True)
class EvenDegreeGraphPartitioning(Problem[list[int]]):
    """Split a graph in two so that every vertex has an even number of neighbours in its own group."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4))
    edges: list[list[int]]
    groups: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        vertices += rng.randrange(2)
        edges = random_edges(vertices, rng.randint(vertices, vertices * 3 // 2), rng)
        if not any(_odd(vertices, edges)):
            edges.pop()  # now two degrees are odd, and one group for all is no solution
        return cls(edges, _even_groups(vertices, edges))

    def prompt(self) -> str:
        return (
            f"Put each of vertices 0 to {len(self.groups) - 1}, in order, into group 1 or 2 so that every vertex has "
            f"an even number of neighbours, or none, in its own group. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.groups

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.groups) or not {*answer} <= {1, 2}:
            return None
        inside = [edge for edge in self.edges if answer[edge[0]] == answer[edge[1]]]
        return share(_odd(len(answer), inside).count(False), len(answer))


def _odd(vertices: int, edges: Sequence[Sequence[int]]) -> list[bool]:
    """Whether the vertex has an odd number of edges."""
    ends = [end for edge in edges for end in edge]
    return [ends.count(vertex) % 2 == 1 for vertex in range(vertices)]


def _even_groups(vertices: int, edges: Sequence[Sequence[int]]) -> list[int]:
    """Linear equations over bits: neighbours in one's group are those of one's own bit; a solution always exists."""
    goal = 1 << vertices
    rows = [(1 << vertex | goal) if odd else 0 for vertex, odd in enumerate(_odd(vertices, edges))]
    for first, second in edges:
        rows[first] ^= 1 << second
        rows[second] ^= 1 << first
    pivots: list[tuple[int, int]] = []
    for column in range(vertices):
        pivot = next((row for row in rows if row >> column & 1), None)
        if pivot is not None:
            rows.remove(pivot)
            rows = [row ^ pivot if row >> column & 1 else row for row in rows]
            pivots = [(at, row ^ pivot if row >> column & 1 else row) for at, row in pivots]
            pivots.append((column, pivot))
    groups = [1] * vertices
    for column, row in pivots:
        groups[column] += row >> vertices
    return groups
