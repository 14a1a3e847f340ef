"""Whom to win over so that word reaches everyone."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most


@dataclass(frozen=True)
class SpyNetwork(Problem[list[int]]):
    """Choose vertices of least total cost from which every vertex can be reached."""

    answer = Integers()
    ladder = Ladder(vertices=linear(5), dearest=linear(9))
    costs: list[int]
    arcs: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, vertices: int, dearest: int) -> Self:
        """Circles of a few vertices, the first one unreached: else the answer would be all that no arc leads to."""
        left, parts = rng.sample(range(vertices), vertices), list[list[int]]()
        while left:
            size = rng.randint(1 if parts else 2, 4)
            parts.append(left[:size])
            left = left[size:]
        arcs = [[part[place - 1], vertex] for part in parts if len(part) > 1 for place, vertex in enumerate(part)]
        onward = [[start, end] for first, second in combinations(parts, 2) for start in first for end in second]
        arcs += rng.sample(onward, min(len(onward), rng.randint(len(parts) // 2, len(parts))))
        rng.shuffle(arcs)
        return cls([rng.randint(1, dearest) for _ in range(vertices)], arcs)

    def prompt(self) -> str:
        return (
            "Choose vertices at the least total cost from which every other vertex can be reached along arcs. Vertices "
            f"0 to {len(self.costs) - 1} cost {' '.join(map(str, self.costs))}. Arcs as from, to: "
            f"{edge_text(self.arcs)}"
        )

    def solution(self) -> list[int]:
        """The cheapest vertex of every strongly connected component that no other reaches."""
        vertices = range(len(self.costs))
        reached = [_reached([vertex], self.arcs) for vertex in vertices]
        chosen: set[int] = set()
        for vertex in vertices:
            sources = [other for other in vertices if vertex in reached[other]]
            if all(other in reached[vertex] for other in sources):
                chosen.add(min(sources, key=lambda other: self.costs[other]))
        return sorted(chosen)

    def verify(self, answer: list[int]) -> float | None:
        if len({*answer}) != len(answer) or not all(0 <= vertex < len(self.costs) for vertex in answer):
            return None
        if len(_reached(answer, self.arcs)) != len(self.costs):
            return None
        return at_most(*(sum(self.costs[vertex] for vertex in chosen) for chosen in (answer, self.solution())))


def _reached(starts: Sequence[int], arcs: Sequence[Sequence[int]]) -> set[int]:
    """All vertices that arcs lead to from the starts, with these."""
    ends: dict[int, list[int]] = {}
    for start, end in arcs:
        ends.setdefault(start, []).append(end)
    reached = {*starts}
    waiting = [*starts]
    for vertex in waiting:
        for end in ends.get(vertex, []):
            if end not in reached:
                reached.add(end)
                waiting.append(end)
    return reached
