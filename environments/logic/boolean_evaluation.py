"""The value of a Boolean expression."""

from dataclasses import dataclass
from random import Random
from typing import Any, Self

from environments.answers import Choice
from environments.ladder import Ladder, linear
from environments.logic._expressions import random_tree, value, written
from environments.problem import Problem

SIGNS = ("<", ">", "=")
WORDS = {"&": "and", "|": "or", "^": "xor"}


def true(comparison: list[int]) -> bool:
    left, sign, right = comparison
    return (left < right, left > right, left == right)[sign]


@dataclass(frozen=True)
class BooleanEvaluation(Problem[str]):
    """Evaluate a Boolean expression of comparisons."""

    answer = Choice(("true", "false"))
    guessable = "0.50: the value is true or false, drawn fairly"
    ladder = Ladder(leaves=linear(2))
    comparisons: list[list[int]]  # a number, the place of a sign in SIGNS and a number
    tree: list[Any]  # over the places of the comparisons

    @classmethod
    def generate(cls, rng: Random, leaves: int) -> Self:
        wanted = rng.choice(("true", "false"))
        tree = random_tree(rng, range(leaves))
        problem = cls([], tree)
        for _ in range(30):
            problem = cls([[rng.randrange(10), rng.randrange(3), rng.randrange(10)] for _ in range(leaves)], tree)
            if problem.solution() == wanted:
                break
        return problem

    def prompt(self) -> str:
        def comparison(place: int) -> str:
            left, sign, right = self.comparisons[place]
            return f"{left} {SIGNS[sign]} {right}"

        text = written(self.tree, comparison)
        for sign, word in WORDS.items():
            text = text.replace(sign, word)
        return f"Is this true or false? With xor exactly one side is true, with or at least one.\n{text}"

    def solution(self) -> str:
        return ("false", "true")[value(self.tree, lambda place: int(true(self.comparisons[place])))]
