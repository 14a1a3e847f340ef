"""Counting the orders that a tree of precedences allows."""

from dataclasses import dataclass
from itertools import accumulate
from math import comb
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.trees._random_trees import neighbours, random_tree, rooted


@dataclass(frozen=True)
class TreeTopologicalSequenceCounting(Problem[int]):
    """Count the orders that keep to precedences which form a tree, modulo a number."""

    answer = Integer()
    ladder = Ladder(vertices=linear(4))
    pairs: list[list[int]]  # [before, after]
    modulus: int
    orders: int

    @classmethod
    def generate(cls, rng: Random, vertices: int) -> Self:
        pairs = [edge if rng.randrange(2) else edge[::-1] for edge in random_tree(vertices, rng)]
        modulus = rng.randint(1001, 9999)
        return cls(pairs, modulus, _orders(vertices, pairs) % modulus)

    def prompt(self) -> str:
        return (
            f"In how many orders can 0 to {len(self.pairs)} stand in which, for each pair, the first number comes "
            f"before the second? Give the count modulo {self.modulus}. Pairs: {edge_text(self.pairs)}"
        )

    def solution(self) -> int:
        return self.orders

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.orders) if 0 <= answer < self.modulus else None


def _orders(vertices: int, pairs: list[list[int]]) -> int:
    """For each subtree the orders of its vertices by the place of its root, merged child by child."""
    before = {(first, second) for first, second in pairs}
    order, parents = rooted(neighbours(vertices, pairs))
    ways: list[list[int]] = [[1] for _ in range(vertices)]
    for vertex in order[:0:-1]:
        child, mine = ways[vertex], ways[parents[vertex]]
        # up_to[j]: the orders of the child's subtree with the child among its first j.
        up_to = [0, *accumulate(child)]
        child_first = (vertex, parents[vertex]) in before
        merged = [0] * (len(mine) + len(child))
        for place, count in enumerate(mine):
            for earlier in range(len(child) + 1):
                fitting = up_to[earlier] if child_first else up_to[-1] - up_to[earlier]
                later = len(mine) - 1 - place + len(child) - earlier
                merged[place + earlier] += (
                    count * fitting * comb(place + earlier, earlier) * comb(later, len(child) - earlier)
                )
        ways[parents[vertex]] = merged
    return sum(ways[order[0]])
