"""Pairs that vanish when they meet."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class TetrisAttack(Problem[list[int]]):
    """Swap neighbours so that pairs of equal numbers meet and vanish."""

    answer = Integers()
    ladder = Ladder(pairs=linear(3))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, pairs: int) -> Self:
        labels = rng.sample(range(1, 3 * pairs + 1), pairs)
        values = labels * 2
        for _ in range(30):
            rng.shuffle(values)
            if all(a != b for a, b in pairwise(values)):
                return cls(values)
        return cls(labels * 2)

    def prompt(self) -> str:
        return (
            "A move swaps two neighbours. Equal neighbours vanish at once, again and again, and the gap closes. Remove "
            "all numbers with as few moves as possible. Give for each move the position, counted from 0 in the list "
            f"at that moment, of the left one of the two: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        moves: list[int] = []
        stack: list[int] = []
        for value in self.values:
            if value in stack:
                # Down to its partner, past those that stand on it.
                place = stack.index(value)
                moves += range(len(stack) - 1, place, -1)
                del stack[place]
            else:
                stack.append(value)
        return moves

    def verify(self, answer: list[int]) -> float | None:
        values = _settled(self.values)
        for place in answer:
            if not 0 <= place < len(values) - 1:
                return None
            values[place], values[place + 1] = values[place + 1], values[place]
            values = _settled(values)
        return None if values else scores.at_most(len(answer), len(self.solution()))


def _settled(values: list[int]) -> list[int]:
    left: list[int] = []
    for value in values:
        if left and left[-1] == value:
            left.pop()
        else:
            left.append(value)
    return left
