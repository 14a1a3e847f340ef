"""Bulbs that light a room with walls."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Grid
from environments.grids._cells import beside, cut_text, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem


def seen_from(rows: list[str], y: int, x: int) -> list[tuple[int, int]]:
    """The other cells in line with a cell up to the next black one."""
    found: list[tuple[int, int]] = []
    for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        row, column = y + down, x + right
        while 0 <= row < len(rows) and 0 <= column < len(rows[0]) and rows[row][column] in ".L":
            found.append((row, column))
            row, column = row + down, column + right
    return found


def bulbs_beside(rows: list[str], y: int, x: int) -> int:
    return sum(rows[a][b] == "L" for a, b in beside(y, x, len(rows), len(rows[0])))


@dataclass(frozen=True)
class LightUpPuzzle(Problem[list[str]]):
    """Place bulbs that light every white cell and not each other."""

    answer = Grid(".L#01234")
    ladder = Ladder(total=linear(5))  # height + width
    rows: list[str]
    planted: list[str]

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        area = height * width
        walls = max(1, area * rng.randint(15, 40) // 100)
        cells = ["#"] * walls + ["."] * (area - walls)
        rng.shuffle(cells)
        rows = cut_text(cells, width)
        lit: set[tuple[int, int]] = set()
        for place in rng.sample(range(area), area):
            y, x = divmod(place, width)
            if cells[place] == "." and (y, x) not in lit:
                cells[place] = "L"
                lit |= {(y, x), *seen_from(rows, y, x)}
        planted = cut_text(cells, width)
        black = [place for place in range(area) if cells[place] == "#"]
        for place in rng.sample(black, max(1, walls * 3 // 4)):
            cells[place] = str(bulbs_beside(planted, *divmod(place, width)))
        planted = cut_text(cells, width)
        return cls([row.replace("L", ".") for row in planted], planted)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Replace some . by a bulb L. A bulb lights its row and column in all four directions up to the next # "
                "or number. Every . must be lit, no bulb may light another, and a number tells how many of the cells "
                "beside, above and below it hold bulbs.",
                *self.rows,
            ]
        )

    def solution(self) -> list[str]:
        return self.planted

    def verify(self, answer: list[str]) -> float | None:
        if [row.replace("L", ".") for row in answer] != self.rows:
            return None
        for y, row in enumerate(answer):
            for x, cell in enumerate(row):
                if cell in ".L" and (cell == "L") == any(answer[a][b] == "L" for a, b in seen_from(answer, y, x)):
                    return None
        clues = [(y, x, int(cell)) for y, row in enumerate(answer) for x, cell in enumerate(row) if cell.isdigit()]
        return scores.share(sum(bulbs_beside(answer, y, x) == clue for y, x, clue in clues), len(clues))
