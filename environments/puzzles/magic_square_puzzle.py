"""Magic squares with blanks."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.grids._cells import written
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import blanked, keeps

SIDES = (3, 4, 5, 7, 8, 9, 11, 12, 13)


def magic_square(rng: Random, side: int) -> list[list[int]]:
    """One of many: lines change places in pairs that lie opposite, alike in rows and columns; then it is turned."""
    if side % 2:
        middle = side // 2
        square = [
            [side * ((y + x + 1 + middle) % side) + (y + 2 * x + 1) % side + 1 for x in range(side)]
            for y in range(side)
        ]
    else:
        last = side * side + 1
        square = [
            [
                last - (y * side + x + 1) if (y % 4 in (0, 3)) == (x % 4 in (0, 3)) else y * side + x + 1
                for x in range(side)
            ]
            for y in range(side)
        ]
    order = [*range(side)]
    half = side // 2
    for place, line in enumerate(rng.sample(range(half), half)):
        pair = [line, side - 1 - line]
        rng.shuffle(pair)
        order[place], order[side - 1 - place] = pair
    square = [[square[y][x] for x in order] for y in order]
    if rng.randrange(2):
        square = [list(column) for column in zip(*square, strict=True)]
    if rng.randrange(2):
        square = [[side * side + 1 - entry for entry in row] for row in square]
    return square


def magic_lines(square: list[list[int]]) -> list[list[int]]:
    side = len(square)
    diagonals = [[square[y][y] for y in range(side)], [square[y][side - 1 - y] for y in range(side)]]
    return [*square, *map(list, zip(*square, strict=True)), *diagonals]


@dataclass(frozen=True)
class MagicSquarePuzzle(Problem[list[list[int]]]):
    """Complete a magic square."""

    answer = Rows()
    ladder = Ladder(size=linear(0, 0.5, most=8), percent=linear(30, 3, most=75))
    givens: list[list[int]]
    square: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, size: int, percent: int) -> Self:
        square = magic_square(rng, SIDES[size])
        return cls(blanked(rng, square, percent), square)

    def prompt(self) -> str:
        side = len(self.givens)
        return (
            f"Replace the 0s so that each of 1 to {side * side} occurs once and every row, every column and both "
            f"diagonals have the sum {side * (side * side + 1) // 2}:\n{written(self.givens)}"
        )

    def solution(self) -> list[list[int]]:
        return self.square

    def verify(self, answer: list[list[int]]) -> float | None:
        side = len(self.givens)
        if not keeps(answer, self.givens):
            return None
        if sorted(entry for row in answer for entry in row) != list(range(1, side * side + 1)):
            return None
        lines = magic_lines(answer)
        wanted = side * (side * side + 1) // 2
        return scores.share(sum(sum(line) == wanted for line in lines), len(lines))
