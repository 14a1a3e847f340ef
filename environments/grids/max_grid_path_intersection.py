"""Several paths that collect each entry once."""

from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Self

from environments.answers import Integer
from environments.grids._cells import cut, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


def most_collected(matrix: list[list[int]], paths: int) -> int:
    """The largest sum of the entries on `paths` paths, which advance together from diagonal to diagonal."""
    side = len(matrix)
    best = {(0,) * paths: matrix[0][0]}  # the paths' rows, which may be kept in order -> sum
    for diagonal in range(1, 2 * side - 1):
        after: dict[tuple[int, ...], int] = {}
        low, high = max(0, diagonal - side + 1), min(side - 1, diagonal)
        for rows, total in best.items():
            for steps in product((0, 1), repeat=paths):
                moved = tuple(sorted(row + step for row, step in zip(rows, steps, strict=True)))
                if low <= moved[0] and moved[-1] <= high:
                    found = total + sum(matrix[row][diagonal - row] for row in set(moved))
                    if found > after.get(moved, -1):
                        after[moved] = found
        best = after
    return best[(side - 1,) * paths]


@dataclass(frozen=True)
class MaxGridPathIntersection(Problem[int]):
    """Find the most that several paths through a matrix can collect together."""

    answer = Integer()
    ladder = Ladder(side=linear(3, 0.5, most=15))
    matrix: list[list[int]]
    paths: int
    most: int

    @classmethod
    def generate(cls, rng: Random, side: int) -> Self:
        paths = rng.randint(1, min(side // 2, 3))
        matrix = cut([rng.randint(0, side) for _ in range(side * side)], side)
        return cls(matrix, paths, most_collected(matrix, paths))

    def prompt(self) -> str:
        walk = "A path goes" if self.paths == 1 else f"{self.paths} paths go"
        return (
            f"{walk} from the top left to the bottom right entry by steps right or down. What is the largest possible "
            f"sum of all entries that are on a path, each counted once?\n{written(self.matrix)}"
        )

    def solution(self) -> int:
        return self.most
