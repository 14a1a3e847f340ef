"""A hidden code, and how near to it a guess comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder
from environments.session import Session, Step

Guesses = list[list[int]]  # each followed by its two numbers

_SIZES = ((2, 3), (2, 4), (3, 3), (3, 4), (3, 5), (3, 6), (4, 5), (4, 6))


@dataclass(frozen=True)
class Mastermind(Session[list[int]]):
    """Find a code of digits by guesses that are answered with how many are right and how many misplaced."""

    answer = Integers()
    ladder = Ladder(
        length=lambda level: _SIZES[min(level, len(_SIZES) - 1)][0],
        highest=lambda level: _SIZES[min(level, len(_SIZES) - 1)][1],
    )
    code: list[int]
    highest: int

    @classmethod
    def generate(cls, rng: Random, length: int, highest: int) -> Self:
        return cls([rng.randint(1, highest) for _ in range(length)], highest)

    @property
    def max_turns(self) -> int:
        """What the reference player needs for the code that it finds last: of every size tried, this sum."""
        return len(self.code) + self.highest - 1

    def prompt(self) -> str:
        return (
            f"I hide a code of {len(self.code)} digits from 1 to {self.highest}, which may repeat. Find it in "
            f"{self.max_turns} guesses. I answer each with how many digits are in their place, and how many more are "
            "in the code but elsewhere."
        )

    def opening(self) -> Guesses:
        return []

    def step(self, state: Guesses, action: list[int]) -> Step:
        if len(action) != len(self.code) or not all(1 <= digit <= self.highest for digit in action):
            return Step(state, "", done=True, score=None)
        if action == self.code:
            return Step(state, "", done=True, score=1.0)
        placed, misplaced = compare(self.code, action)
        return Step([*state, [*action, placed, misplaced]], f"{placed} in place, {misplaced} elsewhere")

    def best_action(self, state: Guesses) -> list[int]:
        """The first code that every reply so far allows."""
        length, known = len(self.code), [(guess[:-2], (guess[-2], guess[-1])) for guess in reversed(state)]
        for code in product(range(1, self.highest + 1), repeat=length):
            if all(compare(code, guess) == reply for guess, reply in known):
                return list(code)
        raise ValueError(f"no code of {length} digits from 1 to {self.highest} fits the replies {state}")

    def random_action(self, state: Guesses, rng: Random) -> list[int]:
        return [rng.randint(1, self.highest) for _ in self.code]


def compare(code: Sequence[int], guess: Sequence[int]) -> tuple[int, int]:
    """How many digits of the guess are in their place, and how many more are in the code but elsewhere."""
    placed = sum(map(int.__eq__, code, guess))
    common = sum(min(code.count(digit), guess.count(digit)) for digit in set(guess))
    return placed, common - placed
