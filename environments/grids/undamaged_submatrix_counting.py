"""Rectangles of ones in a grid."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class UndamagedSubmatrixCounting(Problem[int]):
    """Count the submatrices that hold only ones."""

    answer = Integer()
    ladder = Ladder(sides=linear(5))  # height + width
    rows: list[str]

    @classmethod
    def generate(cls, rng: Random, sides: int) -> Self:
        height, width = sides // 2, sides - sides // 2
        area = height * width
        ones = rng.randint(area // 3, area * 9 // 10)
        cells = ["1"] * ones + ["0"] * (area - ones)
        rng.shuffle(cells)
        return cls(rows=["".join(cells[start : start + width]) for start in range(0, area, width)])

    def prompt(self) -> str:
        return "\n".join(["How many rectangles of neighbouring cells, single cells too, hold only 1s?", *self.rows])

    def solution(self) -> int:
        count = 0
        heights = [0] * len(self.rows[0])  # of the column of ones that ends in this row
        for row in self.rows:
            heights = [height + 1 if cell == "1" else 0 for height, cell in zip(heights, row, strict=True)]
            for right in range(len(row)):
                count += sum(accumulate(heights[right::-1], min))  # a rectangle per left end and top end
        return count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
