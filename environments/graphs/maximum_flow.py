"""How much passes through a network."""

from collections import deque
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import edge_text, network, weighted
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaximumFlow(Problem[int]):
    """Find the value of a maximum flow."""

    answer = Integer()
    ladder = Ladder(vertices=linear(4), arcs=linear(5, 2.5), largest=linear(9, 2))
    vertices: int
    arcs: list[list[int]]
    value: int

    @classmethod
    def generate(cls, rng: Random, vertices: int, arcs: int, largest: int) -> Self:
        drawn, value = list[list[int]](), 0
        for _ in range(6):  # until what leaves the first vertex and what enters the last one both exceed the flow
            drawn = weighted(network(vertices, arcs, rng), largest, rng)
            value = _maximum_flow(vertices, drawn)
            leaving = sum(capacity for start, _, capacity in drawn if start == 0)
            entering = sum(capacity for _, end, capacity in drawn if end == vertices - 1)
            if value < min(leaving, entering):
                break
        return cls(vertices, drawn, value)

    def prompt(self) -> str:
        return (
            f"What is the greatest possible flow from vertex 0 to vertex {self.vertices - 1} of this network? Arcs as "
            f"from, to, capacity: {edge_text(self.arcs)}"
        )

    def solution(self) -> int:
        return self.value


def _maximum_flow(vertices: int, arcs: list[list[int]]) -> int:
    """The Edmonds-Karp algorithm."""
    left = [[0] * vertices for _ in range(vertices)]
    for start, end, capacity in arcs:
        left[start][end] = capacity
    value = 0
    while True:
        before = {0: 0}
        waiting = deque([0])
        while waiting and vertices - 1 not in before:
            vertex = waiting.popleft()
            for other, capacity in enumerate(left[vertex]):
                if capacity and other not in before:
                    before[other] = vertex
                    waiting.append(other)
        if vertices - 1 not in before:
            return value
        path = [vertices - 1]
        while path[-1] != 0:
            path.append(before[path[-1]])
        steps = [*zip(path[1:], path, strict=False)]
        amount = min(left[start][end] for start, end in steps)
        value += amount
        for start, end in steps:
            left[start][end] -= amount
            left[end][start] += amount
