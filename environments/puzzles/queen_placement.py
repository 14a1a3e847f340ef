"""Queens added to a board."""

from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Self

from environments.answers import Grid
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import keeps


def attack(a: tuple[int, int], b: tuple[int, int]) -> bool:
    return a[0] == b[0] or a[1] == b[1] or abs(a[0] - b[0]) == abs(a[1] - b[1])


@dataclass(frozen=True)
class QueenPlacement(Problem[list[str]]):
    """Add queens to a board so that none attack each other."""

    answer = Grid("Q.")
    ladder = Ladder(side=linear(4), percent=linear(50, 2, most=80))  # percent of the queens are to be added
    board: list[str]
    added: int
    planted: list[str]

    @classmethod
    def generate(cls, rng: Random, side: int, percent: int) -> Self:
        queens: list[tuple[int, int]] = []
        for place in rng.sample(range(side * side), side * side):
            cell = divmod(place, side)
            if not any(attack(cell, queen) for queen in queens):
                queens.append(cell)
        added = max(1, len(queens) * percent // 100)
        boards = [
            ["".join("Q" if (y, x) in shown else "." for x in range(side)) for y in range(side)]
            for shown in (queens[added:], queens)
        ]
        return cls(boards[0], added, boards[1])

    def prompt(self) -> str:
        count = "one queen Q" if self.added == 1 else f"{self.added} queens Q"
        return "\n".join(
            [
                f"Add exactly {count} so that no two queens share a row, a column or a diagonal, not even with others "
                "in between. Write the whole board.",
                *self.board,
            ]
        )

    def solution(self) -> list[str]:
        return self.planted

    def verify(self, answer: list[str]) -> float | None:
        if not keeps(answer, self.board, "."):
            return None
        queens = [(y, x) for y, row in enumerate(answer) for x, cell in enumerate(row) if cell == "Q"]
        if len(queens) != self.added + "".join(self.board).count("Q"):
            return 0.0
        return 0.0 if any(attack(a, b) for a, b in combinations(queens, 2)) else 1.0
