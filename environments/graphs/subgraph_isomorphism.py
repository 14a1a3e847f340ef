"""A small graph inside a larger one."""

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, random_edges
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share


@dataclass(frozen=True)
class SubgraphIsomorphism(Problem[list[int]]):
    """Find an induced copy of a small graph in a larger one."""

    answer = Integers()
    ladder = Ladder(small=linear(3, 0.6), large=linear(5))
    large: int
    first: list[list[int]]
    second: list[list[int]]
    images: list[int]

    @classmethod
    def generate(cls, rng: Random, small: int, large: int) -> Self:
        pairs = large * (large - 1) // 2
        second = random_edges(large, rng.randint(pairs * 2 // 5, pairs * 3 // 5), rng)
        # The copied vertices hold an edge, so that the small graph is not bare.
        order = rng.sample(range(large), large)
        images = [*second[0], *[vertex for vertex in order if vertex not in second[0]][: small - 2]]
        rng.shuffle(images)
        known = {(start, end) for start, end in second}
        first = [
            [start, end]
            for start, end in combinations(range(small), 2)
            if (min(images[start], images[end]), max(images[start], images[end])) in known
        ]
        rng.shuffle(first)
        return cls(large, first, second, images)

    def prompt(self) -> str:
        return (
            f"Give each vertex 0 to {len(self.images) - 1} of graph A a different vertex 0 to {self.large - 1} of "
            "graph B, in order, so that two vertices of A share an edge exactly if their vertices of B do. "
            f"A: {edge_text(self.first)}. B: {edge_text(self.second)}"
        )

    def solution(self) -> list[int]:
        return self.images

    def verify(self, answer: list[int]) -> float | None:
        count = len(self.images)
        if len(answer) != count or len({*answer}) != count or not all(0 <= vertex < self.large for vertex in answer):
            return None
        first, second = ({(start, end) for start, end in edges} for edges in (self.first, self.second))
        alike = sum(
            ((start, end) in first) == ((min(answer[start], answer[end]), max(answer[start], answer[end])) in second)
            for start, end in combinations(range(count), 2)
        )
        return share(alike, count * (count - 1) // 2)
