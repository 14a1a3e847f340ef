"""Cells whose multiples are flipped."""

from dataclasses import dataclass
from functools import cache
from itertools import count
from random import Random
from typing import Self

from environments.answers import Choice
from environments.games._nim import nim_sum
from environments.ladder import Ladder, linear
from environments.problem import Problem


@cache
def grundy_values(cells: int) -> list[int]:
    """The Grundy value of a single white cell, by its number; that of cell 0 is of no use."""
    values = [0] * (cells + 1)
    for cell in range(cells, 0, -1):
        reached, total = {0}, 0
        for multiple in range(2 * cell, cells + 1, cell):
            total ^= values[multiple]
            reached.add(total)
        values[cell] = next(value for value in count() if value not in reached)
    return values


@dataclass(frozen=True)
class MultipleFlippingGame(Problem[str]):
    """Tell whether the first player wins the game of flipping multiples."""

    answer = Choice(("yes", "no"))
    guessable = "0.50: the answer is yes or no, drawn fairly"
    ladder = Ladder(cells=linear(8, 2))
    cells: int
    white: list[int]

    @classmethod
    def generate(cls, rng: Random, cells: int) -> Self:
        wanted = rng.choice(("yes", "no"))
        problem = cls(cells, [cells])
        for _ in range(60):
            problem = cls(cells, sorted(rng.sample(range(1, cells + 1), rng.randint(cells // 3, cells * 2 // 3))))
            if problem.solution() == wanted:
                break
        return problem

    def prompt(self) -> str:
        return (
            f"Of the cells 1 to {self.cells} some are white, the others black. Two players take turns: choose a white "
            f"cell x and a k of 1 or more with k times x at most {self.cells}, and flip the colours of x, 2x, ..., kx. "
            "Whoever cannot move loses. Does the first player win with perfect play? "
            f"White: {' '.join(map(str, self.white))}"
        )

    def solution(self) -> str:
        values = grundy_values(self.cells)
        return "yes" if nim_sum(values[cell] for cell in self.white) else "no"
