"""Cells in a ring that change by their neighbours."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CellularAutomaton1D(Problem[str]):
    """Tell the cells of an elementary cellular automaton after some steps."""

    answer = Letters("01", "cells")
    ladder = Ladder(width=linear(4), steps=linear(1, 0.25))
    rule: list[str]  # the three cells that make a 1
    cells: str
    steps: int

    @classmethod
    def generate(cls, rng: Random, width: int, steps: int) -> Self:
        # Three to five of the eight neighbourhoods make a 1, so that cells seldom become all alike.
        ones = sorted(rng.sample(range(8), rng.randint(3, 5)))
        return cls(
            rule=[f"{code:03b}" for code in ones],
            cells="".join(rng.choices("01", k=width)),
            steps=rng.randint(1, steps),
        )

    def prompt(self) -> str:
        often = "once" if self.steps == 1 else f"{self.steps} times"
        return (
            "Cells in a row, whose ends are neighbours too, all change at once: a cell becomes 1 if its left "
            f"neighbour, itself and its right neighbour read {', '.join(self.rule[:-1])} or {self.rule[-1]}, else 0. "
            f"Do this {often}: {' '.join(self.cells)}"
        )

    def solution(self) -> str:
        cells = self.cells
        for _ in range(self.steps):
            ring = cells[-1] + cells + cells[0]
            cells = "".join("1" if ring[place : place + 3] in self.rule else "0" for place in range(len(cells)))
        return cells

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution())
