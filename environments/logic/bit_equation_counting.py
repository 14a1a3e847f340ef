"""How many inputs make an expression true."""

from dataclasses import dataclass
from random import Random
from typing import Any, Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.logic._expressions import MEANING, random_tree, written
from environments.problem import Problem


def true_and_false(tree: Any) -> tuple[int, int]:
    """How many inputs make the tree 1 and 0, each leaf an input of its own."""
    if isinstance(tree, int):
        return 1, 1
    operator, left, right = tree
    (a, b), (c, d) = true_and_false(left), true_and_false(right)
    every = (a + b) * (c + d)
    true = a * c if operator == "&" else every - b * d if operator == "|" else a * d + b * c
    return true, every - true


@dataclass(frozen=True)
class BitEquationCounting(Problem[int]):
    """Count the ways to fill in bits that make an expression true."""

    answer = Integer()
    ladder = Ladder(leaves=linear(4))
    tree: list[Any]

    @classmethod
    def generate(cls, rng: Random, leaves: int) -> Self:
        return cls(random_tree(rng, [0] * leaves))

    def prompt(self) -> str:
        return (
            f"In how many ways can each _ be replaced by 0 or 1 so that this is 1? {MEANING.capitalize()}.\n"
            f"{written(self.tree, lambda _: '_')}"
        )

    def solution(self) -> int:
        return true_and_false(self.tree)[0]

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
