"""A pile from which primes are taken."""

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem

_LARGEST = 1500


@cache
def lengths() -> tuple[list[bool], list[int]]:
    """By pile size, whether the player to move wins, and how many moves perfect play takes."""
    primes: list[int] = []
    wins, moves = [False, False], [0, 0]
    for size in range(2, _LARGEST + 1):
        if all(size % prime for prime in primes):
            primes.append(size)
        ends = [size - prime for prime in primes]
        lost = [1 + moves[end] for end in ends if not wins[end]]
        wins.append(bool(lost))
        moves.append(min(lost) if lost else 1 + max(moves[end] for end in ends))
    return wins, moves


@cache
def piles_by_answer(largest: int) -> list[list[int]]:
    """The piles up to `largest` with the same answer, for every answer that is not rare."""
    wins, moves = lengths()
    groups: dict[int, list[int]] = {}
    for size in range(1, largest + 1):
        groups.setdefault(moves[size] if wins[size] else -1, []).append(size)
    return [group for _, group in sorted(groups.items()) if len(group) > largest // 16]


@dataclass(frozen=True)
class TakingPrimeGame(Problem[int]):
    """Tell how long a game lasts in which primes are taken from a pile."""

    answer = Integer()
    ladder = Ladder(largest=geometric(80, 2, most=_LARGEST))
    pile: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.choice(rng.choice(piles_by_answer(largest))))

    def prompt(self) -> str:
        return (
            "Two players take turns to take a prime number of stones from a pile. Whoever cannot move loses. A player "
            "who can win plays to win in as few moves as possible, one who cannot makes the game as long as possible. "
            "How many moves do both make together if the first player wins? Answer -1 if the second player wins. "
            f"Stones in the pile: {self.pile}"
        )

    def solution(self) -> int:
        wins, moves = lengths()
        return moves[self.pile] if wins[self.pile] else -1
