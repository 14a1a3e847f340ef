"""The cheapest way to send as much as possible."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._flows import cheapest_flow
from environments.graphs._random_graphs import edge_text, network
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least, at_most


@dataclass(frozen=True)
class MinimumCost_MaximumFlow(Problem[list[int]]):
    """Find a maximum flow of least cost."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4, 0.75), arcs=linear(4, 2), largest=linear(4, 1, most=99))
    vertices: int
    arcs: list[list[int]]  # from, to, capacity, cost
    flows: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int, arcs: int, largest: int) -> Self:
        drawn = [[*arc, rng.randint(1, largest), rng.randint(1, 9)] for arc in network(vertices, arcs, rng)]
        return cls(vertices, drawn, cheapest_flow(vertices, drawn))

    def prompt(self) -> str:
        return (
            f"Send as much as possible from vertex 0 to vertex {self.vertices - 1}, then at the least total of flow "
            "times cost. Give a whole flow for each arc in order, within its capacity; all that enters another vertex "
            f"leaves it. Arcs as from, to, capacity, cost: {edge_text(self.arcs)}"
        )

    def solution(self) -> list[int]:
        return self.flows

    def verify(self, answer: list[int]) -> float | None:
        """Half of the partial credit is for the flow's value, the other half for the cost of a maximum flow."""
        if len(answer) != len(self.arcs):
            return None
        excess = [0] * self.vertices
        for flow, (start, end, capacity, _) in zip(answer, self.arcs, strict=True):
            if not 0 <= flow <= capacity:
                return None
            excess[start] -= flow
            excess[end] += flow
        if any(excess[1:-1]):
            return None
        most, _ = self._value_and_cost(self.flows)
        value, cost = self._value_and_cost(answer)
        if value < most:
            return at_least(value, most) / 2
        least = self._value_and_cost(self.flows)[1]
        return 1.0 if cost == least else 0.25 + at_most(cost, least) / 2

    def _value_and_cost(self, flows: Sequence[int]) -> tuple[int, int]:
        value = sum(flow for flow, (start, *_) in zip(flows, self.arcs, strict=True) if start == 0)
        return value, sum(flow * cost for flow, (*_, cost) in zip(flows, self.arcs, strict=True))
