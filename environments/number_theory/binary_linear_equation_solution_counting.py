from dataclasses import dataclass
from math import gcd
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class BinaryLinearEquation_SolutionCounting(Problem[int]):
    """Count the integer solutions of a linear equation of two bounded unknowns."""

    answer = Integer()
    ladder = Ladder(largest=geometric(8, 1.5))
    equation: list[int]  # a, b, c of ax + by + c = 0
    x_range: list[int]
    y_range: list[int]

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        """The factors are small beside the ranges around a planted solution, so that there are several as a rule."""
        steepest = max(2, largest // 6)
        a, b = rng.randint(-steepest, steepest), rng.choice((-1, 1)) * rng.randint(1, steepest)
        ranges: list[list[int]] = []
        for _ in range(2):
            middle = rng.randint(-largest, largest)
            ranges.append([middle - rng.randint(largest // 2, largest), middle + rng.randint(largest // 2, largest)])
        c = -a * sum(ranges[0]) // 2 - b * sum(ranges[1]) // 2 + rng.randint(-1, 1)
        return cls([a, b, c], *ranges)

    def prompt(self) -> str:
        a, b, c = self.equation
        return (
            f"How many pairs of integers x, y solve {a}x {b:+d}y {c:+d} = 0 "
            f"with x from {self.x_range[0]} to {self.x_range[1]} and y from {self.y_range[0]} to {self.y_range[1]}?"
        )

    def solution(self) -> int:
        a, b, c = self.equation
        shared = gcd(a, b)
        if c % shared:
            return 0
        a, b, c = a // shared, b // shared, c // shared
        if b < 0:
            a, b, c = -a, -b, -c
        # b is positive: y is an integer for every b-th x, and in its range where -b * high <= a * x + c <= -b * low.
        first, last = self.x_range
        low, high = -b * self.y_range[1] - c, -b * self.y_range[0] - c
        if a == 0:
            return (last - first + 1) * (low <= 0 <= high)
        if a < 0:
            low, high = -high, -low
        first, last = max(first, -(-low // abs(a))), min(last, high // abs(a))
        residue = -c * pow(a, -1, b) % b
        return max(0, (last - residue) // b - (first - 1 - residue) // b)

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
