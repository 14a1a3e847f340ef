"""Piles that can be taken beside an empty one."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


def lead(piles: list[int]) -> int:
    """How many stones more the first player gets.

    A pile that is no smaller than both neighbours is taken as soon as one of them is: the three count as one. What is
    left falls from both ends towards the middle, so the largest is always open; an end that is no smaller than its
    neighbour is never opened before all else is gone.
    """
    runs: list[list[int]] = [[]]
    for pile in piles:
        if pile == 0:
            runs.append([])
            continue
        run = runs[-1]
        run.append(pile)
        while len(run) > 2 and run[-3] <= run[-2] >= run[-1]:
            run[-3:] = [run[-3] + run[-1] - run[-2]]
    last = 0  # what the one who is forced to move when all else is gone gains, below zero
    first_run, last_run = runs[0], runs[-1]
    while len(first_run) > 1 and first_run[0] >= first_run[1]:
        last += first_run[1] - first_run[0]
        del first_run[:2]
    while len(last_run) > 1 and last_run[-1] >= last_run[-2]:
        last += last_run[-2] - last_run[-1]
        del last_run[-2:]
    order = [*sorted((pile for run in runs for pile in run), reverse=True), last]
    return sum(order[::2]) - sum(order[1::2])


@dataclass(frozen=True)
class StoneIntervalsGame(Problem[int]):
    """Find what the first player gets from piles that open beside empty ones."""

    answer = Integer()
    ladder = Ladder(count=linear(4))
    piles: list[int]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        piles = [rng.randint(1, 2 * count) for _ in range(count)]
        for place in rng.sample(range(count), rng.randint(1, max(1, count // 4))):
            piles[place] = 0
        return cls(piles)

    def prompt(self) -> str:
        return (
            "Alice and Bob take turns, Alice first, to take a whole pile that stands right beside an empty pile (0), "
            "until no stones are left. Both want as many stones as possible. How many does Alice get? "
            f"Piles: {' '.join(map(str, self.piles))}"
        )

    def solution(self) -> int:
        return (sum(self.piles) + lead(self.piles)) // 2
