"""Sliding tiles."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.grids._cells import cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem

STEPS = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}
BACK = {"U": "D", "D": "U", "L": "R", "R": "L"}


def slid(matrix: list[list[int]], moves: str) -> list[list[int]] | None:
    """The matrix after 0 has made these moves, None where one leaves it."""
    cells = [list(row) for row in matrix]
    y = next(place for place, row in enumerate(cells) if 0 in row)
    x = cells[y].index(0)
    for move in moves:
        row, column = y + STEPS[move][0], x + STEPS[move][1]
        if not (0 <= row < len(cells) and 0 <= column < len(cells[0])):
            return None
        cells[y][x], cells[row][column] = cells[row][column], 0
        y, x = row, column
    return cells


@dataclass(frozen=True)
class EightDigitPuzzle(Problem[str]):
    """Slide the tiles of one arrangement into another."""

    answer = Letters("UDLR", noun="moves")
    ladder = Ladder(total=linear(4, 0.5), moves=linear(2))  # height + width
    start: list[list[int]]
    goal: list[list[int]]
    moves: str

    @classmethod
    def generate(cls, rng: Random, total: int, moves: int) -> Self:
        """No move of the walk takes back the one before."""
        height, width = sides(rng, total)
        start = cut(rng.sample(range(height * width), height * width), width)
        walk, goal = "", start
        while len(walk) < moves or goal == start:
            move = rng.choice([move for move in STEPS if walk[-1:] != BACK[move]])
            moved = slid(goal, move)
            if moved is not None:
                walk, goal = walk + move, moved
        return cls(start, goal, walk)

    def prompt(self) -> str:
        return (
            "A move swaps 0 with the number above (U), below (D), left (L) or right (R) of it. Find moves that lead "
            f"from\n{written(self.start)}\nto\n{written(self.goal)}"
        )

    def solution(self) -> str:
        return self.moves

    def verify(self, answer: str) -> float | None:
        cells = slid(self.start, answer)
        if cells is None:
            return None
        pairs = [pair for a, b in zip(cells, self.goal, strict=True) for pair in zip(a, b, strict=True)]
        return scores.share(sum(a == b for a, b in pairs), len(pairs))
