"""Values by row and column."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase, ascii_uppercase
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class TableLookup(Problem[int]):
    """Find the number in a row and a column of a table."""

    answer = Integer()
    ladder = Ladder(rows=linear(2, 0.5, most=26), columns=linear(2, 0.25, most=26))
    row_names: str
    column_names: str
    cells: list[list[int]]
    row: int
    column: int

    @classmethod
    def generate(cls, rng: Random, rows: int, columns: int) -> Self:
        return cls(
            row_names="".join(rng.sample(ascii_lowercase, rows)),
            column_names="".join(rng.sample(ascii_uppercase, columns)),
            cells=[[rng.randrange(100) for _ in range(columns)] for _ in range(rows)],
            row=rng.randrange(rows),
            column=rng.randrange(columns),
        )

    def prompt(self) -> str:
        lines = [f"{name} {spaced(cells)}" for name, cells in zip(self.row_names, self.cells, strict=True)]
        return "\n".join(
            [
                f"Which number is in row {self.row_names[self.row]} and column {self.column_names[self.column]}?",
                f"  {spaced(self.column_names)}",
                *lines,
            ]
        )

    def solution(self) -> int:
        return self.cells[self.row][self.column]

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if any(answer in cells for cells in self.cells) else None
