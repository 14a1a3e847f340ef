"""Grids with as many zeros as ones in every line."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Grid
from environments.grids._cells import sides
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import blanked_text, keeps


def balanced(rng: Random, height: int, width: int) -> list[str]:
    """A chessboard whose 2 x 2 corners of opposite cells are swapped many times, which keeps all sums."""
    cells = [[(y + x) % 2 for x in range(width)] for y in range(height)]
    for _ in range(3 * height * width):
        (a, c), (b, d) = rng.sample(range(height), 2), rng.sample(range(width), 2)
        if cells[a][b] == cells[c][d] != cells[a][d] == cells[c][b]:
            for y, x in ((a, b), (c, d), (a, d), (c, b)):
                cells[y][x] ^= 1
    return ["".join(map(str, row)) for row in cells]


@dataclass(frozen=True)
class Binario_NoAdjacencyRequirement(Problem[list[str]]):
    """Fill a grid so that every line has as many zeros as ones."""

    answer = Grid("01")
    ladder = Ladder(total=linear(3, 0.5), percent=linear(40, 3, most=85))  # half of height + width
    givens: list[str]
    planted: list[str]

    @classmethod
    def generate(cls, rng: Random, total: int, percent: int) -> Self:
        height, width = sides(rng, total, least=1)
        planted = balanced(rng, 2 * height, 2 * width)
        return cls(blanked_text(rng, planted, percent), planted)

    def prompt(self) -> str:
        return "\n".join(
            ["Replace each * by 0 or 1 so that every row and every column has as many 0s as 1s:", *self.givens]
        )

    def solution(self) -> list[str]:
        return self.planted

    def verify(self, answer: list[str]) -> float | None:
        if not keeps(answer, self.givens, "*"):
            return None
        lines = [*answer, *zip(*answer, strict=True)]
        return scores.share(sum(line.count("0") == line.count("1") for line in lines), len(lines))
