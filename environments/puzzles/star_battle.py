"""Stars that do not touch."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Grid
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import keeps


@dataclass(frozen=True)
class StarBattle(Problem[list[str]]):
    """Place a star in every row so that none share a column or touch."""

    answer = Grid("#.*")
    ladder = Ladder(width=linear(4), percent=linear(40, 2, most=70))
    rows: list[str]
    stars: list[int]  # each row's column

    @classmethod
    def generate(cls, rng: Random, width: int, percent: int) -> Self:
        height = rng.randint(width - 1, width)
        stars = [*range(1, width, 2), *range(0, width, 2)][:height]
        for _ in range(50):
            drawn = rng.sample(range(width), height)
            if all(abs(a - b) > 1 for a, b in pairwise(drawn)):
                stars = drawn
                break
        empty = [(y, x) for y in range(height) for x in range(width) if x != stars[y]]
        blocked = set(rng.sample(empty, max(1, len(empty) * percent // 100)))
        rows = ["".join("#" if (y, x) in blocked else "." for x in range(width)) for y in range(height)]
        return cls(rows, stars)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Replace some . by * so that every row has exactly one *, no column has two, and no two * touch, not "
                "even diagonally. Keep the #.",
                *self.rows,
            ]
        )

    def solution(self) -> list[str]:
        return [row[:star] + "*" + row[star + 1 :] for row, star in zip(self.rows, self.stars, strict=True)]

    def verify(self, answer: list[str]) -> float | None:
        if not keeps(answer, self.rows, ".") or any(
            row.count("#") != own.count("#") for row, own in zip(answer, self.rows, strict=True)
        ):
            return None
        if any(row.count("*") != 1 for row in answer):
            return 0.0
        stars = [row.index("*") for row in answer]
        return 1.0 if len(set(stars)) == len(stars) and all(abs(a - b) > 1 for a, b in pairwise(stars)) else 0.0
