from dataclasses import dataclass
from math import comb
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class LDSTwo_Counting(Problem[int]):
    """Count the permutations with one place given and no three numbers that fall."""

    answer = Integer()
    ladder = Ladder(size=geometric(5, 1.3, add=2, most=300))
    size: int
    place: int
    value: int

    @classmethod
    def generate(cls, rng: Random, size: int) -> Self:
        size = rng.randint(size - 2, size)
        return cls(size, rng.randint(1, size), rng.randint(1, size))

    def prompt(self) -> str:
        return (
            f"How many permutations of the numbers 1 to {self.size} have the number {self.value} in place {self.place} "
            "(places count from 1) and no decreasing subsequence of 3 numbers?"
        )

    def solution(self) -> int:
        # Such permutations are staircase paths on one side of the diagonal; the place makes them pass a point.
        low, high = sorted((self.place, self.value))
        return _paths(0, 0, low - 1, high - 1) * _paths(low, high, self.size, self.size)


def _paths(x: int, y: int, to_x: int, to_y: int) -> int:
    """Paths of unit steps that never go below the diagonal, by reflection."""
    steps = to_x - x + to_y - y
    crossing = to_y - x + 1
    return comb(steps, to_x - x) - (comb(steps, crossing) if crossing >= 0 else 0)
