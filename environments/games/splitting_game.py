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
        values = grundy_values(length)
        wanted = rng.choice(("Alice", "Bob"))
        tokens, winner = [0] * length, "Bob"
        for _ in range(60):
            tokens = [rng.randint(0, largest) for _ in range(length)]
            # Two tokens at a place cancel each other.
            total = nim_sum(value * (number % 2) for value, number in zip(values, tokens, strict=True))
            winner = "Alice" if total else "Bob"
            if winner == wanted:
                break
        return cls(tokens, winner)

    def prompt(self) -> str:
        return (
            "Alice and Bob take turns, Alice first. A move takes one token from a position and puts two new tokens on "
            "positions to its right, both on one or on two. Whoever cannot move loses. Both play perfectly. Who wins, "
            f"if the positions hold from left to right {' '.join(map(str, self.tokens))} tokens?"
        )

    def solution(self) -> str:
        return self.winner
