"""Sudoku with boxes of any size."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.grids._cells import written
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import blanked, keeps

BOXES = ((2, 2), (2, 3), (3, 3), (3, 4), (4, 4), (4, 5), (5, 5))


def shuffled(rng: Random, bands: int, lines: int) -> list[int]:
    """The order of `bands` groups of `lines` lines each: groups change places, and so do the lines of a group."""
    return [band * lines + line for band in rng.sample(range(bands), bands) for line in rng.sample(range(lines), lines)]


@dataclass(frozen=True)
class Sudoku(Problem[list[list[int]]]):
    """Complete a Sudoku."""

    answer = Rows()
    ladder = Ladder(box=linear(0, 1 / 3, most=6), percent=linear(25, 3, most=65))
    givens: list[list[int]]
    square: list[list[int]]
    height: int  # of a box
    width: int

    @classmethod
    def generate(cls, rng: Random, box: int, percent: int) -> Self:
        height, width = rng.choice((BOXES[box], BOXES[box][::-1]))
        side = height * width
        numbers = rng.sample(range(1, side + 1), side)
        rows, columns = shuffled(rng, width, height), shuffled(rng, height, width)
        # Row r of the plain square is row 0 shifted by a box's width for each row in a band and by 1 for each band.
        square = [[numbers[(row % height * width + row // height + x) % side] for x in columns] for row in rows]
        return cls(blanked(rng, square, percent), square, height, width)

    def prompt(self) -> str:
        side = len(self.givens)
        return (
            f"Replace the 0s so that every row, every column and every box of {self.height} rows and {self.width} "
            f"columns holds each of 1 to {side} once; the boxes tile the square.\n{written(self.givens)}"
        )

    def solution(self) -> list[list[int]]:
        return self.square

    def verify(self, answer: list[list[int]]) -> float | None:
        if not keeps(answer, self.givens):
            return None
        side = len(answer)
        boxes = [
            [entry for row in answer[y : y + self.height] for entry in row[x : x + self.width]]
            for y in range(0, side, self.height)
            for x in range(0, side, self.width)
        ]
        lines = [*answer, *map(list, zip(*answer, strict=True)), *boxes]
        numbers = list(range(1, side + 1))
        return scores.share(sum(sorted(line) == numbers for line in lines), len(lines), power=5)
