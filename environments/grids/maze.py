"""Shortest ways through a maze."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.grids._cells import cut_text
from environments.ladder import Ladder, linear
from environments.problem import Problem

STEPS = {"L": (0, -1), "R": (0, 1), "U": (-1, 0), "D": (1, 0)}


def shortest(rows: list[str]) -> str:
    """Moves of a shortest way from the top left to the bottom right corner, none where there is no way."""
    side = len(rows)
    came: dict[tuple[int, int], str] = {(0, 0): ""}
    reached = [(0, 0)]
    for y, x in reached:  # grows while it is read
        for move, (down, right) in STEPS.items():
            cell = (y + down, x + right)
            if cell not in came and 0 <= cell[0] < side and 0 <= cell[1] < side and rows[cell[0]][cell[1]] == ".":
                came[cell] = move
                reached.append(cell)
    cell, moves = (side - 1, side - 1), ""
    while came.get(cell):
        down, right = STEPS[came[cell]]
        moves += came[cell]
        cell = (cell[0] - down, cell[1] - right)
    return moves[::-1]


@dataclass(frozen=True)
class Maze(Problem[str]):
    """Find a shortest way through a maze of walls."""

    answer = Letters("LRUD", noun="moves")
    ladder = Ladder(side=linear(3))
    rows: list[str]
    moves: str

    @classmethod
    def generate(cls, rng: Random, side: int) -> Self:
        rows, moves = ["." * side] * side, ""
        for _ in range(6):  # the one with the longest way, as most lead straight to the goal
            walls = side * side * rng.randint(20, 45) // 100
            cells = ["#"] * walls + ["."] * (side * side - 2 - walls)
            rng.shuffle(cells)
            drawn = cut_text([".", *cells, "."], side)
            way = shortest(drawn)
            if len(way) > len(moves):
                rows, moves = drawn, way
        return cls(rows, moves or shortest(rows))

    def prompt(self) -> str:
        return "\n".join(
            [
                "Find a shortest way from the top left to the bottom right cell. Moves go one cell left (L), right "
                "(R), up (U) or down (D), never into a wall #.",
                *self.rows,
            ]
        )

    def solution(self) -> str:
        return self.moves

    def verify(self, answer: str) -> float | None:
        side = len(self.rows)
        y = x = 0
        for move in answer:
            y, x = y + STEPS[move][0], x + STEPS[move][1]
            if not (0 <= y < side and 0 <= x < side) or self.rows[y][x] == "#":
                return None
        if (y, x) != (side - 1, side - 1):
            return 0.0
        return scores.at_most(len(answer), len(self.moves), power=3)
