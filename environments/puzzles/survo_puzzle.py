"""Numbers with given sums of rows and columns."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.grids._cells import cut, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import blanked, keeps


@dataclass(frozen=True)
class SurvoPuzzle(Problem[list[list[int]]]):
    """Place different numbers so that rows and columns have given sums."""

    answer = Rows()
    ladder = Ladder(total=linear(4, 0.5), percent=linear(50, 3, most=90))  # height + width
    givens: list[list[int]]
    matrix: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, total: int, percent: int) -> Self:
        height, width = sides(rng, total)
        area = height * width
        matrix = cut(rng.sample(range(1, area + 1), area), width)
        return cls(blanked(rng, matrix, percent), matrix)

    def prompt(self) -> str:
        lines = [f"{' '.join(map(str, row))} = {sum(full)}" for row, full in zip(self.givens, self.matrix, strict=True)]
        return "\n".join(
            [
                f"Replace the 0s so that each of 1 to {sum(map(len, self.matrix))} occurs once and every row has the "
                "sum behind it. The last line tells the sums of the columns.",
                *lines,
                " ".join(str(sum(column)) for column in zip(*self.matrix, strict=True)),
            ]
        )

    def solution(self) -> list[list[int]]:
        return self.matrix

    def verify(self, answer: list[list[int]]) -> float | None:
        if not keeps(answer, self.givens):
            return None
        if sorted(entry for row in answer for entry in row) != list(range(1, sum(map(len, answer)) + 1)):
            return None
        lines, wanted = ([*rows, *zip(*rows, strict=True)] for rows in (answer, self.matrix))
        return scores.share(sum(sum(a) == sum(b) for a, b in zip(lines, wanted, strict=True)), len(wanted), power=5)
