"""Two drawings of one graph."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, random_edges
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share


@dataclass(frozen=True)
class GraphIsomorphism(Problem[list[int]]):
    """Rename the vertices of one graph so that it becomes the other."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4))
    first: list[list[int]]
    second: list[list[int]]
    names: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        pairs = vertices * (vertices - 1) // 2
        first = random_edges(vertices, rng.randint(pairs * 2 // 5, pairs * 3 // 5), rng)
        names = rng.sample(range(vertices), vertices)
        second = [sorted((names[start], names[end])) for start, end in first]
        rng.shuffle(second)
        return cls(first, second, names)

    def prompt(self) -> str:
        return (
            "Rename the vertices of graph A so that its edges become those of graph B. List the new names of 0 to "
            f"{len(self.names) - 1}, in this order, each of these numbers once. "
            f"A: {edge_text(self.first)}. B: {edge_text(self.second)}"
        )

    def solution(self) -> list[int]:
        return self.names

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.names) or {*answer} != {*self.names}:
            return None
        wanted = {(start, end) for start, end in self.second}
        renamed = [(answer[start], answer[end]) for start, end in self.first]
        return share(sum((min(edge), max(edge)) in wanted for edge in renamed), len(wanted))
