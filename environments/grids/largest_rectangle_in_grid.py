"""The largest rectangle of ones."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.grids._cells import cut_text, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LargestRectangleInGrid(Problem[int]):
    """Find the area of the largest rectangle that holds only ones."""

    answer = Integer()
    ladder = Ladder(total=linear(5))  # height + width
    rows: list[str]

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        area = height * width
        ones = rng.randint(area // 2, area * 9 // 10)
        cells = ["1"] * ones + ["0"] * (area - ones)
        rng.shuffle(cells)
        return cls(cut_text(cells, width))

    def prompt(self) -> str:
        return "\n".join(["How many cells has the largest rectangle that holds only 1s?", *self.rows])

    def solution(self) -> int:
        largest = 0
        heights = [0] * len(self.rows[0])  # of the column of ones that ends in this row
        for row in self.rows:
            heights = [height + 1 if cell == "1" else 0 for height, cell in zip(heights, row, strict=True)]
            rising: list[tuple[int, int]] = []  # left end and height of the rectangles that may still grow
            for place, height in enumerate([*heights, 0]):
                left = place
                while rising and rising[-1][1] >= height:
                    left, high = rising.pop()
                    largest = max(largest, high * (place - left))
                rising.append((left, height))
        return largest
