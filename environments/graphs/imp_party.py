"""Guests who all know each other, promised to be many."""

from dataclasses import dataclass
from itertools import combinations, product
from random import Random
from typing import Self

from environments.answers import Integers
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import share


@dataclass(frozen=True)
class ImpParty(Problem[list[int]]):
    """Find a clique of a third of all vertices where one of two thirds is promised."""

    answer = Integers()
    ladder = Ladder(wanted=linear(3, 0.5))
    edges: list[list[int]]
    wanted: int
    clique: list[int]

    @classmethod
    def generate(cls, rng: Random, wanted: int) -> Self:
        names = rng.sample(range(3 * wanted), 3 * wanted)
        inside, outside = names[: 2 * wanted], names[2 * wanted :]
        crossings = [*product(inside, outside)]
        # Never more than half of them, so that few of all sets are cliques.
        pairs = [*combinations(inside, 2), *rng.sample(crossings, rng.randint(wanted * wanted // 2, wanted * wanted))]
        rng.shuffle(pairs)
        return cls([sorted(pair) for pair in pairs], wanted, sorted(inside[:wanted]))

    def prompt(self) -> str:
        return (
            f"Of vertices 0 to {3 * self.wanted - 1} some {2 * self.wanted} are all joined to each other. Find any "
            f"{self.wanted} vertices that are all joined to each other. Edges: {edge_text(self.edges)}"
        )

    def solution(self) -> list[int]:
        return self.clique

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.wanted or len({*answer}) != self.wanted:
            return None
        if not all(0 <= vertex < 3 * self.wanted for vertex in answer):
            return None
        known = {(first, second) for first, second in self.edges}
        joined = sum(pair in known for pair in combinations(sorted(answer), 2))
        return share(joined, self.wanted * (self.wanted - 1) // 2, 20)
