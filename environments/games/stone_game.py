"""Heaps that are split evenly."""

from dataclasses import dataclass
from functools import cache
from itertools import count
from random import Random
from typing import Self

from environments.answers import Choice
from environments.games._nim import nim_sum
from environments.ladder import Ladder, linear
from environments.problem import Problem


@cache
def grundy(size: int, threshold: int) -> int:
    """The Grundy value of a heap."""
    if size < threshold:
        return 0
    reached: set[int] = set()
    for parts in range(2, size + 1):
        small, larger = divmod(size, parts)  # `larger` parts have one stone more than `small`
        value = grundy(small + 1, threshold) if larger % 2 else 0
        reached.add(value ^ (grundy(small, threshold) if (parts - larger) % 2 else 0))
    return next(value for value in count() if value not in reached)


@dataclass(frozen=True)
class StoneGame(Problem[str]):
    """Tell who wins the game of splitting heaps evenly."""

    answer = Choice(("Stan", "Ollie"))
    guessable = "0.50: the answer is one of two names, drawn fairly"
    ladder = Ladder(count=linear(2, 0.5), largest=linear(8, 2, most=60))
    heaps: list[int]
    threshold: int

    @classmethod
    def generate(cls, rng: Random, count: int, largest: int) -> Self:
        wanted = rng.choice(("Stan", "Ollie"))
        problem = cls([2, 2], 2)
        for _ in range(50):
            heaps = [rng.randint(1, largest) for _ in range(count)]
            problem = cls(heaps, rng.randint(2, max(2, max(heaps) // 2)))
            if problem.solution() == wanted:
                break
        return problem

    def prompt(self) -> str:
        return (
            f"Stan and Ollie take turns, Stan first. A move splits a heap of at least {self.threshold} stones into two "
            "or more heaps whose sizes differ by at most 1, none of them empty. Whoever cannot move loses. Both play "
            f"perfectly. Who wins with heaps of {' '.join(map(str, self.heaps))}?"
        )

    def solution(self) -> str:
        return "Stan" if nim_sum(grundy(heap, self.threshold) for heap in self.heaps) else "Ollie"
