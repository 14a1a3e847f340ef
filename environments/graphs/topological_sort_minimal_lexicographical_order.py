"""The order of precedences that serves small numbers first."""

from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, precedences
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import positions


@dataclass(frozen=True)
class TopologicalSort_MinimalLexicographicalOrder(Problem[list[int]]):
    """Keep to precedences and place 0 as early as possible, then 1, then 2 and so on."""

    answer = Integers()
    ladder = Ladder(vertices=linear(5))
    vertices: int
    pairs: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        return cls(vertices, precedences(rng.sample(range(vertices), vertices), 0, 3, rng))

    def prompt(self) -> str:
        return (
            f"Put 0 to {self.vertices - 1} into an order in which, for each pair, the first number comes before the "
            "second. Of all such orders take those with 0 as early as possible, of these those with 1 as early as "
            f"possible, and so on. Pairs: {edge_text(self.pairs)}"
        )

    def solution(self) -> list[int]:
        """From the end on, the largest number that nothing left has to follow."""
        followers = [0] * self.vertices
        before: list[list[int]] = [[] for _ in range(self.vertices)]
        for first, second in self.pairs:
            followers[first] += 1
            before[second].append(first)
        free = [-vertex for vertex in range(self.vertices) if followers[vertex] == 0]
        heapify(free)
        order: list[int] = []
        while free:
            vertex = -heappop(free)
            order.append(vertex)
            for other in before[vertex]:
                followers[other] -= 1
                if followers[other] == 0:
                    heappush(free, -other)
        return order[::-1]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.vertices or {*answer} != {*range(self.vertices)}:
            return None
        places = {vertex: place for place, vertex in enumerate(answer)}
        kept = all(places[first] < places[second] for first, second in self.pairs)
        return positions(answer, self.solution()) if kept else 0.0
