"""The largest connected part of a grid."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.grids._cells import beside, cut_text, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem


def component_sizes(rows: list[str]) -> list[int]:
    """How many ones each connected set of them has."""
    height, width = len(rows), len(rows[0])
    unseen = {(y, x) for y in range(height) for x in range(width) if rows[y][x] == "1"}
    sizes: list[int] = []
    while unseen:
        stack, size = [unseen.pop()], 0
        while stack:
            cell = stack.pop()
            size += 1
            for other in beside(*cell, height, width):
                if other in unseen:
                    unseen.remove(other)
                    stack.append(other)
        sizes.append(size)
    return sizes


@dataclass(frozen=True)
class GridComponent(Problem[int]):
    """Find the size of the largest set of connected ones in a grid."""

    answer = Integer()
    ladder = Ladder(total=linear(6))  # height + width
    rows: list[str]
    largest: int

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        area = height * width
        rows, sizes = ["1" * width] * height, [area]
        # With a single component the answer is the number of ones; a few draws nearly always find two.
        for _ in range(8):
            ones = rng.randint(area * 2 // 5, area * 13 // 20)
            cells = ["1"] * ones + ["0"] * (area - ones)
            rng.shuffle(cells)
            rows = cut_text(cells, width)
            sizes = component_sizes(rows)
            if len(sizes) > 1:
                break
        return cls(rows, max(sizes))

    def prompt(self) -> str:
        return "\n".join(
            [
                "1s that share a side are connected, diagonal ones are not. How many 1s has the largest connected set?",
                *self.rows,
            ]
        )

    def solution(self) -> int:
        return self.largest
