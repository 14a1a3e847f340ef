"""Conway's Game of Life."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Grid
from environments.grids._cells import alike, cut_text, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class GameOfLife(Problem[list[str]]):
    """Give the next generation of the Game of Life."""

    answer = Grid("01")
    ladder = Ladder(total=linear(5))  # height + width
    rows: list[str]

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        area = height * width
        ones = rng.randint(area * 3 // 10, area * 7 // 10)
        cells = ["1"] * ones + ["0"] * (area - ones)
        rng.shuffle(cells)
        return cls(cut_text(cells, width))

    def prompt(self) -> str:
        return "\n".join(
            [
                "All at once, a 1 with two or three 1s among its eight neighbours stays 1, a 0 with exactly three "
                "becomes 1, and every other cell becomes 0. Outside there are only 0s. What comes out?",
                *self.rows,
            ]
        )

    def solution(self) -> list[str]:
        width = len(self.rows[0])
        border = [0] * (width + 2)
        cells = [border, *([0, *map(int, row), 0] for row in self.rows), border]
        after: list[str] = []
        for y, row in enumerate(self.rows, start=1):
            columns = [cells[y - 1][x] + cells[y][x] + cells[y + 1][x] for x in range(width + 2)]
            blocks = [sum(columns[x : x + 3]) for x in range(width)]  # the cell itself included
            after.append("".join("01"[b == 3 or (b == 4 and cell == "1")] for b, cell in zip(blocks, row, strict=True)))
        return after

    def verify(self, answer: list[str]) -> float | None:
        return alike(answer, self.solution())
