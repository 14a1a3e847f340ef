"""Nim on piles that have to stay in order."""

from dataclasses import dataclass
from itertools import accumulate, pairwise
from random import Random
from typing import Self

from environments.answers import Choice
from environments.games._nim import nim_sum
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DeltaNimGame(Problem[str]):
    """Tell who wins Nim on piles that must stay in order."""

    answer = Choice(("Alice", "Bob"))
    guessable = "0.50: the answer is one of two names, drawn fairly"
    ladder = Ladder(count=linear(4), bits=linear(2, 0.2))
    piles: list[int]

    @classmethod
    def generate(cls, rng: Random, count: int, bits: int) -> Self:
        """The steps between piles are numbers of so many bits, and so is any nim-sum of them."""
        steps = [rng.randrange(2**bits) for _ in range(count - 1)]
        total = nim_sum(steps[-2::-2])
        bob = rng.randrange(2) == 0
        steps.append(total if bob else rng.choice([step for step in range(2**bits) if step != total]))
        return cls(list(accumulate(steps)))

    def prompt(self) -> str:
        return (
            "Alice and Bob take turns, Alice first, to take one or more stones from one pile. No pile may become "
            "smaller than the pile to its left. Whoever cannot move loses. Both play perfectly. "
            f"Who wins with the piles {' '.join(map(str, self.piles))}?"
        )

    def solution(self) -> str:
        # Taking stones from a pile moves them from its step to the next one: staircase Nim.
        steps = [high - low for low, high in pairwise([0, *self.piles])]
        return "Alice" if nim_sum(steps[::-2]) else "Bob"
