"""Zeros and ones without runs of three."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Grid
from environments.grids._cells import sides
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import blanked_text, keeps
from environments.puzzles._line_counts import held, lines, told


def without_runs(rng: Random, height: int, width: int) -> list[str]:
    """A grid without three equal cells in a row or column."""
    rows: list[str] = []
    for _ in range(height):
        row = ""
        for _ in range(10):
            row = ""
            for x in range(width):
                above = [earlier[x] for earlier in rows[-2:]]
                barred = {line[0] for line in (row[-2:], above) if len(line) == 2 and line[0] == line[1]}
                if len(barred) == 2:
                    break
                row += rng.choice([cell for cell in "01" if cell not in barred])
            if len(row) == width:
                break
        # The opposite of the row above continues no run.
        rows.append(row if len(row) == width else rows[-1].translate(str.maketrans("01", "10")))
    return rows


@dataclass(frozen=True)
class Binario(Problem[list[str]]):
    """Fill a grid with zeros and ones without three equal ones in line."""

    answer = Grid("01")
    ladder = Ladder(total=linear(5), percent=linear(50, 3, most=90))  # height + width
    givens: list[str]
    planted: list[str]

    @classmethod
    def generate(cls, rng: Random, total: int, percent: int) -> Self:
        planted = without_runs(rng, *sides(rng, total))
        return cls(blanked_text(rng, planted, percent), planted)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Replace each * by 0 or 1 so that no three neighbours in a row or column are equal. Behind a row "
                "stands how many 1s it has, and the last line tells it of the columns.",
                *told(self.givens, self.planted),
            ]
        )

    def solution(self) -> list[str]:
        return self.planted

    def verify(self, answer: list[str]) -> float | None:
        if not keeps(answer, self.givens, "*"):
            return None
        if any("000" in line or "111" in line for line in lines(answer)):
            return None
        return held(answer, self.planted)
