"""Cutting a string and shuffling its parts."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class StringPartitionShuffle(Problem[list[list[int]]]):
    """Cut a string into parts and put them together as another string."""

    answer = Rows("pairs")
    ladder = Ladder(length=linear(6))
    start: str
    goal: str
    parts: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        for _ in range(20):
            start = "".join(rng.choices("01", k=length))
            cuts = [0, *sorted(rng.sample(range(1, length), rng.randint(1, 2 + length // 10))), length]
            parts = [[first, last] for first, last in pairwise(cuts)]
            rng.shuffle(parts)
            goal = "".join(start[first:last] for first, last in parts)
            if goal != start:
                return cls(start, goal, parts)
        return cls("0" + "1" * (length - 1), "1" * (length - 1) + "0", [[1, length], [0, 1]])

    def prompt(self) -> str:
        return (
            f"Cut S into exactly {len(self.parts)} parts, none empty, and put them together in another order to make "
            "T. Give the parts in that order, each as the position of its first digit and the position behind its "
            f"last, counted from 0.\nS: {' '.join(self.start)}\nT: {' '.join(self.goal)}"
        )

    def solution(self) -> list[list[int]]:
        return self.parts

    def verify(self, answer: list[list[int]]) -> float | None:
        if len(answer) != len(self.parts) or not all(len(part) == 2 and part[0] < part[1] for part in answer):
            return None
        ordered = sorted(answer)
        if ordered[0][0] != 0 or ordered[-1][1] != len(self.start):
            return None
        if any(before[1] != after[0] for before, after in pairwise(ordered)):
            return None
        return scores.positions("".join(self.start[first:last] for first, last in answer), self.goal)
