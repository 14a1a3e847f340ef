from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DiceSums(Problem[int]):
    """Count the rolls of different dice that have a given sum."""

    answer = Integer()
    ladder = Ladder(dice=linear(2, 0.5), sides=linear(6))
    sides: list[int]
    total: int

    @classmethod
    def generate(cls, rng: Random, dice: int, sides: int) -> Self:
        drawn = [rng.randint(2, sides) for _ in range(dice)]
        return cls(drawn, sum(rng.randint(1, side) for side in drawn))

    def prompt(self) -> str:
        return (
            f"Dice with these numbers of sides, each numbered from 1 up, are rolled: {' '.join(map(str, self.sides))}. "
            f"How many of the possible rolls have the sum {self.total}? The dice are told apart."
        )

    def solution(self) -> int:
        ways = [1]  # by sum
        for side in self.sides:
            sums = [0, *accumulate(ways + [0] * side)]
            ways = [sums[total] - sums[max(0, total - side)] for total in range(len(sums))]
        return ways[self.total]

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
