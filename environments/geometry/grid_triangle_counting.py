"""Triangles with corners on the points of a grid."""

from dataclasses import dataclass
from functools import cache
from math import comb
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem

_LARGEST = 2000


@cache
def totients() -> list[int]:
    """How many of 1 to n have no divisor in common with n, by n."""
    values = list(range(_LARGEST + 1))
    for number in range(2, _LARGEST + 1):
        if values[number] == number:
            for multiple in range(number, _LARGEST + 1, number):
                values[multiple] -= values[multiple] // number
    return values


def triangles(width: int, height: int) -> int:
    """All triples of points but those on a line.

    Two points dx and dy apart have gcd(dx, dy) - 1 points between them; the gcd is the sum of the totients of its
    divisors, so pairs are counted by divisor.
    """
    columns, rows = width + 1, height + 1
    on_lines = columns * comb(rows, 3) + rows * comb(columns, 3)
    for divisor in range(2, min(width, height) + 1):
        across, up = width // divisor, height // divisor
        pairs = (across * columns - divisor * across * (across + 1) // 2) * (up * rows - divisor * up * (up + 1) // 2)
        on_lines += 2 * totients()[divisor] * pairs
    return comb(columns * rows, 3) - on_lines


@dataclass(frozen=True)
class GridTriangleCounting(Problem[int]):
    """Count the triangles with corners on the points of a grid."""

    answer = Integer()
    ladder = Ladder(largest=geometric(6, 1.6, most=_LARGEST))
    width: int
    height: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(largest // 4, largest), rng.randint(largest // 4, largest))

    def prompt(self) -> str:
        return (
            "How many triangles have corners with integer coordinates, x from 0 to "
            f"{self.width} and y from 0 to {self.height}? The corners may not be on one line."
        )

    def solution(self) -> int:
        return triangles(self.width, self.height)

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
