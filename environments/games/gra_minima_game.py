"""Numbers taken in sets, of which only the least counts."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class GraMinimaGame(Problem[int]):
    """Find the lead of the first player where each taken set scores its least number."""

    answer = Integer()
    ladder = Ladder(count=linear(3))
    numbers: list[int]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        """Numbers of very different size: alike ones nearly always give about half of the largest."""
        return cls([rng.randint(1, rng.choice((count, 4 * count, count * count + 9))) for _ in range(count)])

    def prompt(self) -> str:
        return (
            "Alice and Bob take turns, Alice first, to take one or more of the numbers that are left; the least number "
            "of those taken is added to the player's score. The game ends when none is left. Both want their own score "
            f"minus the other's as large as possible. What is Alice's minus Bob's: {' '.join(map(str, self.numbers))}"
        )

    def solution(self) -> int:
        lead = 0  # of the player to move, on the numbers up to the one looked at
        for number in sorted(self.numbers):
            lead = max(lead, number - lead)
        return lead
