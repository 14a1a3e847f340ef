"""Cells of which no two touch, with the largest sum."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Grid
from environments.grids._cells import cut, cut_text, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


def heaviest(matrix: list[list[int]]) -> tuple[int, list[str]]:
    """The largest sum of cells of which no two share a side, and these cells; time grows as 1.6 ** width."""
    width = len(matrix[0])
    best = {0: (0, 0)}  # chosen among the last `width` cells, by column -> sum and all that were chosen
    cell = 1
    for row in matrix:
        for x, value in enumerate(row):
            above = 1 << x
            near = above | above >> 1
            after: dict[int, tuple[int, int]] = {}
            for mask, (total, chosen) in best.items():
                rest = mask & ~above
                if rest not in after or after[rest][0] < total:
                    after[rest] = (total, chosen)
                if not mask & near:
                    after[mask | above] = (total + value, chosen | cell)
            best, cell = after, cell << 1
    total, chosen = max(best.values())
    cells = ["01"[chosen >> place & 1] for place in range(len(matrix) * width)]
    return total, cut_text(cells, width)


@dataclass(frozen=True)
class MaximumIndependentSetGrid(Problem[list[str]]):
    """Choose cells of which no two share a side, with the largest sum."""

    answer = Grid("01")
    ladder = Ladder(total=linear(5, 0.75, most=24))  # height + width
    matrix: list[list[int]]
    chosen: list[str]
    largest: int

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        if width > height:
            height, width = width, height
        matrix, largest, chosen = [[1]], 1, ["1"]
        for _ in range(3):  # until neither colour of the chessboard is best
            # Some larger entries break the pattern, but not so large that taking the largest ones first would do.
            entries = [rng.randint(1, rng.choice((20, 60))) for _ in range(height * width)]
            matrix = cut(entries, width)
            largest, chosen = heaviest(matrix)
            if any(row == other for row, other in pairwise(chosen)) or any("00" in row for row in chosen):
                break
        return cls(matrix, chosen, largest)

    def prompt(self) -> str:
        return (
            "Choose entries of which no two are neighbours beside, above or below each other, with the largest "
            f"possible sum. Write 1 for a chosen entry and 0 for another.\n{written(self.matrix)}"
        )

    def solution(self) -> list[str]:
        return self.chosen

    def verify(self, answer: list[str]) -> float | None:
        if [len(row) for row in answer] != [len(row) for row in self.matrix]:
            return None
        previous = "0" * len(self.matrix[0])
        for row in answer:
            if "11" in row or any(a == b == "1" for a, b in zip(row, previous, strict=True)):
                return None
            previous = row
        total = sum(
            entry
            for entries, row in zip(self.matrix, answer, strict=True)
            for entry, cell in zip(entries, row, strict=True)
            if cell == "1"
        )
        return scores.at_least(total, self.largest, power=10)
