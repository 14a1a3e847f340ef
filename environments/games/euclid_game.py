"""Euclid's algorithm as a game."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class EuclidGame(Problem[str]):
    """Tell who wins the game of taking multiples of one number from the other."""

    answer = Choice(("Stan", "Ollie"))
    guessable = "50 %: the answer is one of two names, drawn fairly"
    ladder = Ladder(forced_moves=linear(0), largest=linear(10, 15))
    larger: int
    smaller: int

    @classmethod
    def generate(cls, rng: Random, forced_moves: int, largest: int) -> Self:
        """The one who first has a choice wins; a fair coin adds one to the forced moves before it."""
        extra = rng.randrange(2)
        # A forced move makes the numbers about 8/5 as large; a smaller start keeps their size from telling the winner.
        smaller = rng.randint(1, largest - extra * largest * 3 // 8)
        larger = rng.randint(2 * smaller, 4 * smaller)
        for _ in range(forced_moves + extra):
            larger, smaller = larger + smaller, larger
        return cls(larger, smaller)

    def prompt(self) -> str:
        return (
            "Stan and Ollie take turns with two numbers, Stan first. A move takes a multiple of one number, at least "
            "once, from the other number and leaves 0 or more. Whoever makes a 0 wins. Both play perfectly. "
            f"Who wins from {self.larger} and {self.smaller}?"
        )

    def solution(self) -> str:
        larger, smaller, winner, other = self.larger, self.smaller, "Stan", "Ollie"
        # Below twice the smaller number there is one move. From twice on the player at turn wins: taking as often as
        # possible leaves a position that loses, or taking once fewer leaves the opponent only the move into it.
        while smaller < larger < 2 * smaller:
            larger, smaller, winner, other = smaller, larger - smaller, other, winner
        return winner
