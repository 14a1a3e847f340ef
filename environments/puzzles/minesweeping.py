"""Mines told by the numbers beside them."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Grid
from environments.grids._cells import cut_text, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem


def mines_around(rows: list[str], y: int, x: int) -> int:
    return sum(row[max(0, x - 1) : x + 2].count("*") for row in rows[max(0, y - 1) : y + 2])


@dataclass(frozen=True)
class Minesweeping(Problem[list[str]]):
    """Mark mines so that every number counts those around it."""

    answer = Grid(".*")
    ladder = Ladder(total=linear(5))  # height + width
    clues: list[str]  # ? where nothing is known
    planted: list[str]

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        area = height * width
        mines = max(1, area * rng.randint(15, 40) // 100)
        cells = ["*"] * mines + ["."] * (area - mines)
        rng.shuffle(cells)
        planted = cut_text(cells, width)
        free = [place for place in range(area) if cells[place] == "."]
        shown = ["?"] * area
        for place in rng.sample(free, max(1, len(free) * rng.randint(60, 90) // 100)):
            shown[place] = str(mines_around(planted, *divmod(place, width)))
        return cls(cut_text(shown, width), planted)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Mark each cell as a mine * or free . so that every number cell is free and tells how many of the up "
                "to eight cells around it are mines. A ? may be either.",
                *self.clues,
            ]
        )

    def solution(self) -> list[str]:
        return self.planted

    def verify(self, answer: list[str]) -> float | None:
        if [len(row) for row in answer] != [len(row) for row in self.clues]:
            return None
        numbers = [(y, x, int(cell)) for y, row in enumerate(self.clues) for x, cell in enumerate(row) if cell != "?"]
        if any(answer[y][x] == "*" for y, x, _ in numbers):
            return None
        return scores.share(sum(mines_around(answer, y, x) == number for y, x, number in numbers), len(numbers))
