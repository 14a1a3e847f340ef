"""Latin squares with blanks."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.grids._cells import written
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._givens import blanked, keeps
from environments.puzzles._latin_squares import random_latin_square


@dataclass(frozen=True)
class LatinSquareCompletion(Problem[list[list[int]]]):
    """Fill the blanks of a Latin square."""

    answer = Rows()
    ladder = Ladder(side=linear(3, 0.5), percent=linear(30, 3, most=70))
    givens: list[list[int]]
    square: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, side: int, percent: int) -> Self:
        square = random_latin_square(rng, side)
        return cls(blanked(rng, square, percent), square)

    def prompt(self) -> str:
        return (
            f"Replace the 0s so that every row and every column holds each of 1 to {len(self.givens)} once:\n"
            f"{written(self.givens)}"
        )

    def solution(self) -> list[list[int]]:
        return self.square

    def verify(self, answer: list[list[int]]) -> float | None:
        if not keeps(answer, self.givens):
            return None
        numbers = list(range(1, len(self.givens) + 1))
        lines = [*answer, *map(list, zip(*answer, strict=True))]
        return scores.share(sum(sorted(line) == numbers for line in lines), len(lines), power=5)
