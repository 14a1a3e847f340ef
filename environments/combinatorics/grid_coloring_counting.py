from dataclasses import dataclass
from functools import cache
from math import comb
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class GridColoringCounting(Problem[int]):
    """Count the ways to place coloured stones with no two colours in a row or column."""

    answer = Integer()
    ladder = Ladder(side=linear(3, 0.5, most=12), digits=linear(2, 0.5, most=6))
    height: int
    width: int
    stones: list[int]
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, side: int, digits: int) -> Self:
        height, width = rng.randint(2, side), rng.randint(2, side)
        colours = rng.randint(1, (min(height, width) + 1) // 2)
        # Colours get a square of the diagonal each, so that the stones fit.
        room = min(height, width) // colours
        stones = [rng.randint(1, room * room) for _ in range(colours)]
        modulus = rng.randrange(10 ** (digits - 1), 10**digits)
        return cls(height, width, stones, modulus, _ways(height, width, stones) % modulus)

    def prompt(self) -> str:
        stones = ", ".join(f"{count} of colour {colour}" for colour, count in enumerate(self.stones, 1))
        return (
            f"Stones are placed on the cells of a grid of {self.height} rows and {self.width} columns, at most one to "
            f"a cell: {stones}. Stones of one colour are alike; no row and no column may hold two different colours. "
            f"In how many ways? Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None


def _ways(height: int, width: int, stones: list[int]) -> int:
    """Colour by colour, by the free rows and columns that are left."""
    free = {(height, width): 1}
    for count in stones:
        after: dict[tuple[int, int], int] = {}
        for (rows, columns), ways in free.items():
            for a in range(1, min(rows, count) + 1):
                for b in range(1, min(columns, count) + 1):
                    if a * b >= count and (full := _full_boards(a, b, count)):
                        left = (rows - a, columns - b)
                        after[left] = after.get(left, 0) + ways * comb(rows, a) * comb(columns, b) * full
        free = after
    return sum(free.values())


@cache
def _full_boards(rows: int, columns: int, count: int) -> int:
    """Placements that leave no row and no column empty, by inclusion and exclusion of the empty ones."""
    return sum(
        (-1) ** (a + b) * comb(rows, a) * comb(columns, b) * comb((rows - a) * (columns - b), count)
        for a in range(rows)
        for b in range(columns)
    )
