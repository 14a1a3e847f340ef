"""All walks of a graph in a row by weight."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Integer
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class WYC(Problem[int]):
    """Find the weight of the walk at a given place when all are ordered by weight."""

    answer = Integer()
    ladder = Ladder(vertices=linear(2, 0.5), arcs=linear(4), last=linear(40, 30))
    vertices: int
    arcs: list[list[int]]
    place: int
    weight: int

    @classmethod
    def generate(cls, rng: Random, vertices: int, arcs: int, last: int) -> Self:
        """A planted cycle, so that there is no end of walks."""
        cycle = rng.sample(range(vertices), rng.randint(2, min(4, vertices)))
        ends = [[start, end] for start, end in pairwise([*cycle, cycle[0]])]
        ends += [rng.sample(range(vertices), 2) for _ in range(arcs - len(ends))]
        rng.shuffle(ends)
        drawn = [[*pair, rng.randint(1, 3)] for pair in ends]
        place = rng.randint(2, last)
        return cls(vertices, drawn, place, _weight(vertices, drawn, place))

    def prompt(self) -> str:
        return (
            "Take all walks of one arc or more, from anywhere to anywhere, arcs repeated or not, and sort them by "
            f"total weight. What is the weight of walk number {self.place}, counted from 1? Arcs listed twice are two "
            f"arcs. Arcs as from, to, weight: {edge_text(self.arcs)}"
        )

    def solution(self) -> int:
        return self.weight


def _weight(vertices: int, arcs: list[list[int]], place: int) -> int:
    """Counts the walks of weight 1, 2, 3 … by their last vertex."""
    ending = [[0] * vertices, [0] * vertices, [1] * vertices]  # of the last three weights; first the walks of no arc
    total = weight = 0
    while total < place:
        weight += 1
        counts = [0] * vertices
        for start, end, length in arcs:
            counts[end] += ending[-length][start]
        ending = [*ending[1:], counts]
        total += sum(counts)
    return weight
