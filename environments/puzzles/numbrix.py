"""A path of numbers through all cells."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.grids._cells import beside, cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import blanked, keeps


def random_path(rng: Random, height: int, width: int) -> list[tuple[int, int]]:
    """A path through all cells: a snake whose ends bite into it again and again."""
    path = [(y, x if y % 2 == 0 else width - 1 - x) for y in range(height) for x in range(width)]
    for _ in range(4 * height * width):
        if rng.randrange(2):
            path.reverse()
        # The first cell is joined to a neighbour on the path, which frees the cell before that one as the new end.
        bitten = path.index(rng.choice(list(beside(*path[0], height, width))))
        path[:bitten] = path[:bitten][::-1]
    return path


@dataclass(frozen=True)
class Numbrix(Problem[list[list[int]]]):
    """Fill a grid with numbers that form a path."""

    answer = Rows()
    # Height + width; the answers to more cells would be longer than answers may be.
    ladder = Ladder(total=linear(5, most=60), percent=linear(40, 3, most=80))
    givens: list[list[int]]
    matrix: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, total: int, percent: int) -> Self:
        height, width = sides(rng, total)
        numbers = [0] * (height * width)
        for number, (y, x) in enumerate(random_path(rng, height, width), start=1):
            numbers[y * width + x] = number
        matrix = cut(numbers, width)
        return cls(blanked(rng, matrix, percent), matrix)

    def prompt(self) -> str:
        return (
            f"Replace the 0s so that each of 1 to {sum(map(len, self.givens))} occurs once and every number is beside, "
            f"above or below the next one:\n{written(self.givens)}"
        )

    def solution(self) -> list[list[int]]:
        return self.matrix

    def verify(self, answer: list[list[int]]) -> float | None:
        if not keeps(answer, self.givens):
            return None
        cells = {entry: (y, x) for y, row in enumerate(answer) for x, entry in enumerate(row)}
        area = sum(map(len, answer))
        if sorted(cells) != list(range(1, area + 1)):
            return None
        path = [cells[number] for number in range(1, area + 1)]
        return scores.share(sum(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in pairwise(path)), area - 1)
