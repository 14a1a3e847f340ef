"""Binary trees in a row."""

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Self

from environments.answers import Letters
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class Kth_BinaryTree(Problem[str]):
    """Write the binary tree of a given number."""

    answer = Letters("X()", noun="characters")
    ladder = Ladder(largest=geometric(43, 2))
    number: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(4, largest))

    def prompt(self) -> str:
        return (
            "Binary trees are numbered from 0, the empty one: fewer nodes first, then by the number of the left "
            "subtree, then of the right one. A tree is written as X with (left) before and (right) after it, an empty "
            f"side as nothing: 2 is X(X), 3 is (X)X, 4 is X(X(X)). How is {self.number} written?"
        )

    def solution(self) -> str:
        rank, nodes = self.number, 0
        while rank >= _trees(nodes):
            rank -= _trees(nodes)
            nodes += 1
        return _written(nodes, rank)


@cache
def _trees(nodes: int) -> int:
    """Catalan's numbers."""
    return 1 if nodes == 0 else _trees(nodes - 1) * 2 * (2 * nodes - 1) // (nodes + 1)


def _written(nodes: int, rank: int) -> str:
    """The tree of this rank, from 0, among those of as many nodes."""
    if nodes == 0:
        return ""
    left = 0
    while rank >= (block := _trees(left) * _trees(nodes - 1 - left)):
        rank -= block
        left += 1
    ranks = divmod(rank, _trees(nodes - 1 - left))
    before, after = _written(left, ranks[0]), _written(nodes - 1 - left, ranks[1])
    return (f"({before})" if before else "") + "X" + (f"({after})" if after else "")
