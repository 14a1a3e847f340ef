"""Three squares with the largest sum."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments.answers import Integer
from environments.grids._cells import cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


def _block_sums(matrix: list[list[int]], side: int) -> list[list[int]]:
    """Sum of the side × side square whose top left corner is at each place that has one."""
    rows = [[0, *accumulate(row)] for row in matrix]
    strips = [[row[x + side] - row[x] for x in range(len(row) - side)] for row in rows]
    return [[sum(column) for column in zip(*strips[y : y + side], strict=True)] for y in range(len(matrix) - side + 1)]


def _corner(sums: list[list[int]]) -> list[list[int]]:
    """The largest entry above and left of each place, the place itself included."""
    best: list[list[int]] = []
    for row in sums:
        reach = list(accumulate(row, max))
        best.append([max(pair) for pair in zip(reach, best[-1], strict=True)] if best else reach)
    return best


def _flipped(grid: list[list[int]]) -> list[list[int]]:
    return [row[::-1] for row in grid]


def three_squares(matrix: list[list[int]], side: int) -> int:
    """Three disjoint squares can always be parted by two straight cuts: three strips, or one strip and two halves."""
    sums = _block_sums(matrix, side)
    return max(_cut_across(sums, side), _cut_across([list(column) for column in zip(*sums, strict=True)], side))


def _cut_across(sums: list[list[int]], side: int) -> int:
    """The best total of a first cut between rows, other squares starting `side` rows on."""
    height, width = len(sums), len(sums[0])
    top_left, bottom_left = _corner(sums), _corner(sums[::-1])[::-1]
    top_right, bottom_right = _flipped(_corner(_flipped(sums))), _flipped(_corner(_flipped(sums[::-1])))[::-1]
    rows = [max(row) for row in sums]
    above = list(accumulate(rows, max))
    below = list(accumulate(rows[::-1], max))[::-1]
    best = 0
    for y in range(side, height):
        for x in range(side, width):
            best = max(best, above[y - side] + bottom_left[y][x - side] + bottom_right[y][x])
            best = max(best, below[y] + top_left[y - side][x - side] + top_right[y - side][x])
        if y + side < height:
            best = max(best, above[y - side] + rows[y] + below[y + side])
    return best


@dataclass(frozen=True)
class MaxThreeSquareSum(Problem[int]):
    """Find the largest sum of three separate squares in a matrix."""

    answer = Integer()
    ladder = Ladder(total=linear(8, most=44))  # height + width
    matrix: list[list[int]]
    side: int
    largest: int

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total, least=4)
        side = rng.randint(2, min(height, width) // 2)
        matrix = cut([rng.randrange(total + 2) for _ in range(height * width)], width)
        return cls(matrix, side, three_squares(matrix, side))

    def prompt(self) -> str:
        return (
            f"Choose three squares of {self.side} x {self.side} entries that have no entry in common. What is the "
            f"largest possible sum of all their entries?\n{written(self.matrix)}"
        )

    def solution(self) -> int:
        return self.largest
