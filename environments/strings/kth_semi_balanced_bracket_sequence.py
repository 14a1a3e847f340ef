"""Brackets with one too many."""

from dataclasses import dataclass
from math import comb
from random import Random
from typing import Self

from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Kth_SemiBalancedBracketSequence(Problem[str]):
    """Find the bracket string of a given number among those with one bracket too many."""

    answer = Letters("()", noun="brackets")
    ladder = Ladder(pairs=linear(3))
    pairs: int
    number: int

    @classmethod
    def generate(cls, rng: Random, pairs: int) -> Self:
        return cls(pairs, number=rng.randint(1, _completions(0, False, 2 * pairs + 1)))

    def prompt(self) -> str:
        length = 2 * self.pairs + 1
        example = " ".join("(" * self.pairs + ")" * self.pairs)
        return (
            f"Take all strings of {length} brackets ( and ) from which one bracket can be removed so that the rest is "
            f"balanced, like {example}. Sort them, with ( before ), comparing from the left. Counted from 1, give "
            f"number {self.number}."
        )

    def solution(self) -> str:
        number, balance, below, text = self.number, 0, False, ""
        for left in range(2 * self.pairs, -1, -1):
            opening = _completions(balance + 1, below, left)
            if number <= opening:
                text, balance = text + "(", balance + 1
            else:
                number -= opening
                text, balance = text + ")", balance - 1
                below = below or balance < 0
        return text


def _completions(balance: int, below: bool, left: int) -> int:
    """How many ways `left` brackets go on: to 1 and never below 0, or to -1 and never below that."""
    return _paths(balance + 1, 0, left) + (0 if below else _paths(balance, 1, left))


def _paths(start: int, end: int, steps: int) -> int:
    """The paths of steps up and down from start to end that stay at 0 or above, by reflection at -1."""
    if start < 0 or (steps + end - start) % 2 or steps < abs(end - start):
        return 0
    return comb(steps, (steps + end - start) // 2) - comb(steps, (steps + end + start + 2) // 2)
