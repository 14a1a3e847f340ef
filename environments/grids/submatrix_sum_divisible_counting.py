"""Submatrices whose sum is a multiple."""

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.grids._cells import cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SubmatrixSumDivisibleCounting(Problem[int]):
    """Count the submatrices whose sum is divisible by a number."""

    answer = Integer()
    ladder = Ladder(total=linear(5))  # height + width
    matrix: list[list[int]]
    divisor: int
    count: int

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        divisor = rng.randint(2, total - 1)
        matrix = cut([rng.randrange(divisor) for _ in range(height * width)], width)
        count = 0
        for top in range(height):
            columns = [0] * width
            for row in matrix[top:]:
                columns = [column + entry for column, entry in zip(columns, row, strict=True)]
                ends = Counter(end % divisor for end in accumulate(columns, initial=0))
                count += sum(same * (same - 1) // 2 for same in ends.values())
        return cls(matrix, divisor, count)

    def prompt(self) -> str:
        return (
            "How many rectangles of neighbouring entries, single entries and the whole matrix too, have a sum that is "
            f"0 or another multiple of {self.divisor}?\n{written(self.matrix)}"
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer >= 0 else None
