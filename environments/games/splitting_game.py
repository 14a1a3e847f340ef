"""Tokens that move to the right and double."""

from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Self

from environments.answers import Choice
from environments.games._nim import nim_sum
from environments.ladder import Ladder, linear
from environments.problem import Problem


def grundy_values(length: int) -> list[int]:
    """The Grundy value of a token at each position."""
    values: list[int] = []  # from the last position on
    for _ in range(length):
        reached = {a ^ b for a in values for b in values}
        values.append(next(value for value in count() if value not in reached))
    return values[::-1]


@dataclass(frozen=True)
class SplittingGame(Problem[str]):
    """Tell who wins the game of splitting tokens to the right."""

    answer = Choice(("Alice", "Bob"))
    guessable = "0.50: the answer is one of two names, drawn fairly"
    ladder = Ladder(length=linear(4), largest=linear(3))
    tokens: list[int]
    winner: str

    @classmethod
    def generate(cls, rng: Random, length: int, largest: int) -> Self:
        """Who wins depends on whether each number is odd, as two tokens at a place cancel each other."""
        values = grundy_values(length)
        winner = rng.choice(("Alice", "Bob"))
        wanted = rng.randrange(1, 1 << max(values).bit_length()) if winner == "Alice" else 0
        odd = [rng.randrange(2) for _ in values]
        change = wanted ^ nim_sum(value * number for value, number in zip(values, odd, strict=True))
        # Every power of two up to the largest value is a value itself.
        odd = [
            number ^ (value.bit_count() == 1 and value & change > 0) for value, number in zip(values, odd, strict=True)
        ]
        return cls([rng.randrange(number, largest + 1, 2) for number in odd], winner)

    def prompt(self) -> str:
        return (
            "Alice and Bob take turns, Alice first. A move takes one token from a position and puts two new tokens on "
            "positions to its right, both on one or on two. Whoever cannot move loses. Both play perfectly. Who wins, "
            f"if the positions hold from left to right {' '.join(map(str, self.tokens))} tokens?"
        )

    def solution(self) -> str:
        return self.winner
