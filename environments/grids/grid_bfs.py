"""Distances in a grid with walls."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.grids._cells import alike, beside, cut_text, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem


def distances(rows: list[str]) -> list[list[int]]:
    """Steps from each cell to the nearest 1 around the X, -1 where there is no way."""
    height, width = len(rows), len(rows[0])
    found = [[-1] * width for _ in range(height)]
    reached = [(y, x) for y in range(height) for x in range(width) if rows[y][x] == "1"]
    for y, x in reached:
        found[y][x] = 0
    for y, x in reached:  # grows while it is read
        for row, column in beside(y, x, height, width):
            if rows[row][column] == "0" and found[row][column] < 0:
                found[row][column] = found[y][x] + 1
                reached.append((row, column))
    return found


@dataclass(frozen=True)
class GridBFS(Problem[list[list[int]]]):
    """Give every cell of a grid its distance to the nearest one."""

    answer = Rows()
    ladder = Ladder(total=linear(5))  # height + width
    rows: list[str]
    distances: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        area = height * width
        rows, found = ["1" * width] * height, [[0] * width] * height
        for _ in range(8):  # until some cell is two steps away
            ones, walls = rng.randint(1, 1 + area // 8), rng.randint(0, area * 2 // 5)
            cells = ["1"] * ones + ["X"] * walls + ["0"] * (area - ones - walls)
            rng.shuffle(cells)
            rows = cut_text(cells, width)
            found = distances(rows)
            if max(map(max, found)) > 1:
                break
        return cls(rows, found)

    def prompt(self) -> str:
        return "\n".join(
            [
                "For every cell count the fewest steps up, down, left or right to a 1 without entering an X. "
                "Write 0 for a 1, and -1 for an X and where no 1 can be reached.",
                *self.rows,
            ]
        )

    def solution(self) -> list[list[int]]:
        return self.distances

    def verify(self, answer: list[list[int]]) -> float | None:
        return alike(answer, self.distances)
