"""Blocks that are turned."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.grids._cells import cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


def turn(cells: list[list[int]], row: int, column: int, side: int) -> None:
    """Turns the block with this top left corner, from 0 on, a quarter counterclockwise."""
    block = [line[column : column + side] for line in cells[row : row + side]]
    for place, line in enumerate(zip(*block, strict=True)):
        cells[row + side - 1 - place][column : column + side] = line


@dataclass(frozen=True)
class TwiddlePuzzle(Problem[list[list[int]]]):
    """Turn blocks of one arrangement until it is another."""

    answer = Rows("pairs")
    ladder = Ladder(total=linear(5, 0.5), turns=linear(1, 0.5))  # height + width
    start: list[list[int]]
    goal: list[list[int]]
    side: int  # of a block
    turns: list[list[int]]  # row and column of the top left corners, from 1 on

    @classmethod
    def generate(cls, rng: Random, total: int, turns: int) -> Self:
        """At least two places for a block, and never the same one four times in a row, which changes nothing."""
        height, width = sides(rng, total)
        side = rng.randint(2, max(2, min(height, width) - 1))
        start = cut(rng.sample(range(1, height * width + 1), height * width), width)
        goal = [list(row) for row in start]
        made: list[list[int]] = []
        while len(made) < turns or goal == start:
            row, column = rng.randint(0, height - side), rng.randint(0, width - side)
            if made[-3:] == [[row + 1, column + 1]] * 3:
                continue
            turn(goal, row, column, side)
            made.append([row + 1, column + 1])
        return cls(start, goal, side, made)

    def prompt(self) -> str:
        return (
            f"A move turns a block of {self.side} rows and {self.side} columns by 90 degrees counterclockwise. It is "
            "named by the row and the column of the block's top left cell, from 1 on. Find moves that lead "
            f"from\n{written(self.start)}\nto\n{written(self.goal)}"
        )

    def solution(self) -> list[list[int]]:
        return self.turns

    def verify(self, answer: list[list[int]]) -> float | None:
        cells = [list(row) for row in self.start]
        rows, columns = len(cells) - self.side + 1, len(cells[0]) - self.side + 1
        for move in answer:
            if len(move) != 2 or not (1 <= move[0] <= rows and 1 <= move[1] <= columns):
                return None
            turn(cells, move[0] - 1, move[1] - 1, self.side)
        pairs = [pair for a, b in zip(cells, self.goal, strict=True) for pair in zip(a, b, strict=True)]
        return scores.share(sum(a == b for a, b in pairs), len(pairs), power=5)
