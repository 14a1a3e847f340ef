"""Latin squares with inequalities."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.grids._cells import written
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import blanked, keeps
from environments.puzzles._latin_squares import is_latin, random_latin_square


@dataclass(frozen=True)
class FutoshikiPuzzle(Problem[list[list[int]]]):
    """Complete a Latin square so that inequalities between its cells hold."""

    answer = Rows()
    ladder = Ladder(side=linear(3, 0.5), percent=linear(35, 3, most=85))
    givens: list[list[int]]
    inequalities: list[list[int]]  # row and column of the smaller cell, then of the larger one, from 1 on
    square: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, side: int, percent: int) -> Self:
        square = random_latin_square(rng, side)
        givens = blanked(rng, square, percent)
        cells = [(y, x) for y in range(side) for x in range(side)]
        blanks = [(y, x) for y, x in cells if givens[y][x] == 0]
        inequalities: list[list[int]] = []
        for _ in range(side):  # each with a blank, as others say nothing
            (a, b), (c, d) = rng.choice(blanks), rng.choice(cells)
            if square[a][b] > square[c][d]:
                a, b, c, d = c, d, a, b
            if square[a][b] < square[c][d] and [a + 1, b + 1, c + 1, d + 1] not in inequalities:
                inequalities.append([a + 1, b + 1, c + 1, d + 1])
        return cls(givens, inequalities, square)

    def prompt(self) -> str:
        return "\n".join(
            [
                f"Replace the 0s so that every row and every column holds each of 1 to {len(self.givens)} once. "
                "2 1 < 1 3 says that row 2, column 1 holds less than row 1, column 3.",
                written(self.givens),
                *(f"{a} {b} < {c} {d}" for a, b, c, d in self.inequalities),
            ]
        )

    def solution(self) -> list[list[int]]:
        return self.square

    def verify(self, answer: list[list[int]]) -> float | None:
        if not keeps(answer, self.givens) or not is_latin(answer):
            return None
        kept = sum(answer[a - 1][b - 1] < answer[c - 1][d - 1] for a, b, c, d in self.inequalities)
        return scores.share(kept, max(1, len(self.inequalities)), power=5) if self.inequalities else 1.0
