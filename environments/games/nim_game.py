"""Nim."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.games._nim import nim_sum
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class NimGame(Problem[list[int]]):
    """Find a winning move in Nim."""

    answer = Integers()
    ladder = Ladder(count=linear(3, 0.5), bits=linear(3, 0.25))
    piles: list[int]

    @classmethod
    def generate(cls, rng: Random, count: int, bits: int) -> Self:
        """Every fourth position is lost: there the last pile is what all others make together."""
        piles = [rng.randint(1, 2**bits - 1) for _ in range(count)]
        rest = nim_sum(piles[1:])
        if rest and rng.randrange(4) == 0:
            piles[0] = rest
        return cls(piles)

    def prompt(self) -> str:
        return (
            "In Nim two players take turns to take one or more stones from one pile. Whoever takes the last one wins. "
            "Give a winning first move as the number of the pile, from 1 on, and how many stones to take, or 0 0 if "
            f"the first player cannot win. Piles: {' '.join(map(str, self.piles))}"
        )

    def solution(self) -> list[int]:
        total = nim_sum(self.piles)
        for number, pile in enumerate(self.piles, start=1):
            if pile ^ total < pile:
                return [number, pile - (pile ^ total)]
        return [0, 0]

    def verify(self, answer: list[int]) -> float | None:
        total = nim_sum(self.piles)
        if answer == [0, 0]:
            return 0.0 if total else 1.0
        if len(answer) != 2 or not 1 <= answer[0] <= len(self.piles):
            return None
        pile, taken = self.piles[answer[0] - 1], answer[1]
        if not 1 <= taken <= pile:
            return None
        return 1.0 if total ^ pile ^ (pile - taken) == 0 else 0.0
