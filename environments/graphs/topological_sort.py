"""An order in which nothing comes before what it needs."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text, precedences
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share


@dataclass(frozen=True)
class TopologicalSort(Problem[list[int]]):
    """Put numbers into an order that keeps to all given precedences."""

    answer = Integers()
    ladder = Ladder(vertices=linear(4))
    pairs: list[list[int]]
    order: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        order = rng.sample(range(vertices), vertices)
        return cls(precedences(order, 1, 2, rng), order)

    def prompt(self) -> str:
        return (
            f"Put 0 to {len(self.order) - 1} into an order in which, for each of these pairs, the first number comes "
            f"before the second: {edge_text(self.pairs)}"
        )

    def solution(self) -> list[int]:
        return self.order

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.order) or {*answer} != {*self.order}:
            return None
        places = {vertex: place for place, vertex in enumerate(answer)}
        return share(sum(places[first] < places[second] for first, second in self.pairs), len(self.pairs))
