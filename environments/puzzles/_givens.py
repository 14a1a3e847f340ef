"""Puzzles of which some cells are given: cells taken away and answers that keep the rest."""

from collections.abc import Sequence
from random import Random


def blanked(rng: Random, matrix: list[list[int]], percent: int) -> list[list[int]]:
    """The matrix with so many of its entries, at least one, replaced by 0."""
    width = len(matrix[0])
    area = len(matrix) * width
    hidden = set(rng.sample(range(area), max(1, area * percent // 100)))
    return [[0 if y * width + x in hidden else entry for x, entry in enumerate(row)] for y, row in enumerate(matrix)]


def blanked_text(rng: Random, rows: list[str], percent: int, blank: str = "*") -> list[str]:
    """The rows with so many of their characters, at least one, replaced by the blank."""
    width = len(rows[0])
    area = len(rows) * width
    hidden = set(rng.sample(range(area), max(1, area * percent // 100)))
    return [
        "".join(blank if y * width + x in hidden else cell for x, cell in enumerate(row)) for y, row in enumerate(rows)
    ]


def keeps(answer: Sequence[Sequence[object]], givens: Sequence[Sequence[object]], blank: object = 0) -> bool:
    """Whether an answer has the shape of the puzzle and changes nothing but blanks."""
    return [len(row) for row in answer] == [len(row) for row in givens] and all(
        given in (blank, entry)
        for row, given_row in zip(answer, givens, strict=True)
        for entry, given in zip(row, given_row, strict=True)
    )
