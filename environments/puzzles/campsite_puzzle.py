"""Tents that do not touch."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Grid
from environments.grids._cells import beside, cut_text, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import blanked_text, keeps
from environments.puzzles._line_counts import held, lines, told


@dataclass(frozen=True)
class CampsitePuzzle(Problem[list[str]]):
    """Fill a grid so that no two ones touch and every line has its number of ones."""

    answer = Grid("01")
    ladder = Ladder(total=linear(5), percent=linear(50, 3, most=90))  # height + width
    givens: list[str]
    planted: list[str]

    @classmethod
    def generate(cls, rng: Random, total: int, percent: int) -> Self:
        height, width = sides(rng, total)
        cells = ["0"] * (height * width)
        first, *others = rng.sample(range(height * width), height * width)
        cells[first] = "1"
        for place in others:
            near = beside(*divmod(place, width), height, width)
            if rng.randrange(2) and all(cells[y * width + x] == "0" for y, x in near):
                cells[place] = "1"
        planted = cut_text(cells, width)
        return cls(blanked_text(rng, planted, percent), planted)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Replace each * by 0 or 1 so that no 1 is beside, above or below another. Behind a row stands how many "
                "1s it has, and the last line tells it of the columns.",
                *told(self.givens, self.planted),
            ]
        )

    def solution(self) -> list[str]:
        return self.planted

    def verify(self, answer: list[str]) -> float | None:
        if not keeps(answer, self.givens, "*"):
            return None
        if any("11" in line for line in lines(answer)):
            return None
        return held(answer, self.planted)
