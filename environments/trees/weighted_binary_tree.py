"""Products of subtrees, as large as they get."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least


@dataclass(frozen=True)
class WeightedBinaryTree(Problem[list[int]]):
    """Find the binary tree of a given inorder whose worth is greatest."""

    answer = Integers()
    ladder = Ladder(nodes=linear(4))
    values: list[int]
    preorder: list[int]

    @classmethod
    def generate(cls, rng: Random, nodes: int) -> Self:
        values = [rng.randint(1, 5) for _ in range(nodes)]
        return cls(values, _best_preorder(values))

    def prompt(self) -> str:
        return (
            f"A binary tree has the inorder 0 to {len(self.values) - 1}, and these nodes have the values "
            f"{' '.join(map(str, self.values))}. A leaf is worth its value. Any other subtree is worth the product of "
            "its two sides plus its root's value, where a missing side is worth 1. Give the preorder of a tree of the "
            "greatest worth."
        )

    def solution(self) -> list[int]:
        return self.preorder

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.values) or {*answer} != {*range(len(answer))}:
            return None
        worth, best = _worth(answer, self.values), _worth(self.preorder, self.values)
        assert best is not None
        return 0.0 if worth is None else at_least(worth, best)


def _worth(preorder: Sequence[int], values: Sequence[int]) -> int | None:
    """What the tree is worth, or None where there is none of this preorder."""
    place = 0

    def subtree(low: int, high: int) -> int:
        """Reads the subtree of nodes low … high - 1; a root that is not among them ends it early."""
        nonlocal place
        if low == high or place == len(preorder) or not low <= preorder[place] < high:
            return 1
        root = preorder[place]
        place += 1
        left, right = subtree(low, root), subtree(root + 1, high)
        return values[root] if high - low == 1 else left * right + values[root]

    worth = subtree(0, len(preorder))
    return worth if place == len(preorder) else None


def _best_preorder(values: Sequence[int]) -> list[int]:
    """Over all stretches of nodes, short ones first, and all their roots."""
    count = len(values)
    best = [[1] * (count + 1) for _ in range(count + 1)]  # best[low][high]: nodes low … high - 1
    root_of = [[low] * (count + 1) for low in range(count + 1)]
    for low in range(count):
        best[low][low + 1] = values[low]
    for length in range(2, count + 1):
        for low in range(count - length + 1):
            high = low + length
            row = best[low]
            options = [row[root] * best[root + 1][high] + values[root] for root in range(low, high)]
            row[high] = max(options)
            root_of[low][high] = low + options.index(row[high])
    order: list[int] = []
    waiting = [(0, count)]
    while waiting:
        low, high = waiting.pop()
        if low < high:
            root = root_of[low][high]
            order.append(root)
            waiting += [(root + 1, high), (low, root)]
    return order
