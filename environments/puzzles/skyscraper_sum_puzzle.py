"""Skyscrapers seen from the edges of the town."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._latin_squares import is_latin, random_latin_square
from environments.puzzles._skyscrapers import clues, kept, some, written


@dataclass(frozen=True)
class SkyscraperSumPuzzle(Problem[list[list[int]]]):
    """Build skyscrapers whose seen heights have given sums."""

    answer = Rows()
    ladder = Ladder(side=linear(3, 0.5))
    clues: list[list[int]]
    square: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, side: int) -> Self:
        square = random_latin_square(rng, side)
        return cls(some(rng, clues(square, sum)), square)

    def prompt(self) -> str:
        side = len(self.square)
        return (
            f"Fill {side} rows so that every row and every column holds the heights 1 to {side} once. A building hides "
            "lower ones behind it. The clues tell the sum of the heights that are seen from a side, rows from top to "
            f"bottom and columns from left to right; 0 tells nothing.\n{written(self.clues)}"
        )

    def solution(self) -> list[list[int]]:
        return self.square

    def verify(self, answer: list[list[int]]) -> float | None:
        side = len(self.square)
        if [len(row) for row in answer] != [side] * side or not is_latin(answer):
            return None
        return scores.share(*kept(clues(answer, sum), self.clues))
