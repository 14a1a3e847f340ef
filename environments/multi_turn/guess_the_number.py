"""A hidden number, and whether it is higher or lower than a guess."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.session import Session, Step

Range = list[int]  # what the replies leave: the lowest and the highest


@dataclass(frozen=True)
class GuessTheNumber(Session[int]):
    """Find a hidden number by guesses that are answered with higher or lower."""

    answer = Integer()
    # Of 2^k - 1 numbers k guesses find each, and no fewer do: nothing but halving the range always succeeds.
    ladder = Ladder(guesses=linear(3, 0.5), shift=linear(0, 10))
    lowest: int
    guesses: int
    number: int

    @classmethod
    def generate(cls, rng: Random, guesses: int, shift: int) -> Self:
        lowest = 1 + rng.randint(0, shift)
        return cls(lowest, guesses, lowest + rng.randrange(2**guesses - 1))

    @property
    def highest(self) -> int:
        return self.lowest + 2**self.guesses - 2

    @property
    def max_turns(self) -> int:
        return self.guesses

    def prompt(self) -> str:
        return (
            f"I think of a number from {self.lowest} to {self.highest}. Find it in {self.guesses} guesses; after each "
            "I say whether it is higher or lower. One guess at a time."
        )

    def opening(self) -> Range:
        return [self.lowest, self.highest]

    def step(self, state: Range, action: int) -> Step:
        low, high = state
        if action == self.number:
            return Step(state, "", done=True, score=1.0)
        if action < self.number:
            return Step([max(low, action + 1), high], "higher")
        return Step([low, min(high, action - 1)], "lower")

    def best_action(self, state: Range) -> int:
        return sum(state) // 2

    def random_action(self, state: Range, rng: Random) -> int:
        return rng.randint(self.lowest, self.highest)
