"""A pile from which only certain numbers of stones may be taken."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


def least_winning_moves(allowed: list[int], largest: int) -> list[int]:
    """By pile size the least number of stones whose taking wins, 0 where none does."""
    moves: list[int] = []
    for size in range(largest + 1):
        moves.append(next((taken for taken in allowed if taken <= size and moves[size - taken] == 0), 0))
    return moves


@dataclass(frozen=True)
class SubtractionGame(Problem[int]):
    """Find the least winning move where only certain numbers of stones may be taken."""

    answer = Integer()
    ladder = Ladder(count=linear(2, 0.5), largest=linear(12, 6))
    allowed: list[int]
    pile: int

    @classmethod
    def generate(cls, rng: Random, count: int, largest: int) -> Self:
        allowed = sorted(rng.sample(range(1, 2 * count + 3), count))
        moves = least_winning_moves(allowed, largest)
        # Any answer is as likely as any other one that occurs.
        wanted = rng.choice(sorted(set(moves[1:])))
        return cls(allowed, rng.choice([size for size in range(1, largest + 1) if moves[size] == wanted]))

    def prompt(self) -> str:
        return (
            f"Two players take turns to take stones from a pile of {self.pile}. A move takes one of these numbers of "
            f"stones: {' '.join(map(str, self.allowed))}. Whoever cannot move loses. What is the least number of "
            "stones that the first player can take now to win with perfect play? Answer 0 if no move wins."
        )

    def solution(self) -> int:
        return least_winning_moves(self.allowed, self.pile)[self.pile]
