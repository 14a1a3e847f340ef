"""Values that flow evenly down a tree."""

from collections import Counter
from dataclasses import dataclass
from math import lcm
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MitterTransportation(Problem[int]):
    """Count the vertices whose value must change so that a tree shares evenly."""

    answer = Integer()
    ladder = Ladder(vertices=linear(5))
    parents: list[int]  # of vertices 1, 2, ...; vertex 0 is the root
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        parents = [rng.randint(max(0, vertex - 4), vertex - 1) for vertex in range(1, vertices)]
        factors = _factors(parents)
        root = lcm(*factors) * rng.randint(1, 3)
        values = [root // factor for factor in factors]
        for vertex in rng.sample(range(vertices), rng.randint(1, vertices * 3 // 4)):
            values[vertex] = rng.choice([rng.randint(1, root), max(1, values[vertex] + rng.choice((-1, 1)))])
        return cls(parents, values)

    def prompt(self) -> str:
        return (
            "In a tree the children of a vertex must all have equal values and its own must be their sum. Change "
            "as few values as possible, to any positive numbers, fractions too. How many have to change? Vertex 0 is "
            f"the root.\nParents of vertices 1, 2, ...: {' '.join(map(str, self.parents))}\n"
            f"Values of vertices 0, 1, ...: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> int:
        # A vertex that keeps its value fixes the root's value, and with it all values.
        roots = Counter(factor * value for factor, value in zip(_factors(self.parents), self.values, strict=True))
        return len(self.values) - max(roots.values())


def _factors(parents: list[int]) -> list[int]:
    """How many times the value of a vertex the root has."""
    children = Counter(parents)
    factors = [1]
    for parent in parents:
        factors.append(factors[parent] * children[parent])
    return factors
