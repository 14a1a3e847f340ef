"""A binary tree from two of its orders."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import positions


@dataclass(frozen=True)
class PreorderTraversal(Problem[list[int]]):
    """Find the preorder of a binary tree from its inorder and postorder."""

    answer = Integers()
    ladder = Ladder(nodes=linear(4))
    inorder: list[int]
    postorder: list[int]

    @classmethod
    def generate(cls, rng: Random, nodes: int) -> Self:
        inorder = rng.sample(range(nodes), nodes)

        def postorder(names: list[int]) -> list[int]:
            if not names:
                return []
            root = rng.randrange(len(names))
            return [*postorder(names[:root]), *postorder(names[root + 1 :]), names[root]]

        return cls(inorder, postorder(inorder))

    def prompt(self) -> str:
        return (
            f"A binary tree has the inorder {' '.join(map(str, self.inorder))} and the postorder "
            f"{' '.join(map(str, self.postorder))}. What is its preorder?"
        )

    def solution(self) -> list[int]:
        """The last of a subtree's postorder is its root; backwards the right subtree comes before the left one."""
        places = {name: place for place, name in enumerate(self.inorder)}
        left = [*self.postorder]

        def backwards(low: int, high: int) -> list[int]:
            if low == high:
                return []
            root = left.pop()
            right_part = backwards(places[root] + 1, high)
            return [root, *backwards(low, places[root]), *right_part]

        return backwards(0, len(left))

    def verify(self, answer: list[int]) -> float | None:
        return positions(answer, self.solution()) if sorted(answer) == sorted(self.inorder) else None
