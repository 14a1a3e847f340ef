"""Matrices of integers as lists of rows."""

from collections.abc import Sequence

from environments import scores

Matrix = Sequence[Sequence[int]]


def written(matrix: Matrix) -> str:
    """A line for each row."""
    return "\n".join(" ".join(map(str, row)) for row in matrix)


def product(left: Matrix, right: Matrix) -> list[list[int]]:
    """The matrix product."""
    columns = list(zip(*right, strict=True))
    return [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in left]


def share_of_entries(found: Matrix, expected: Matrix) -> float | None:
    """Partial credit for right entries; None (breaks the rules) where the shapes differ."""
    if [len(row) for row in found] != [len(row) for row in expected]:
        return None
    pairs = [pair for rows in zip(found, expected, strict=True) for pair in zip(*rows, strict=True)]
    return scores.share(sum(a == b for a, b in pairs), len(pairs), power=5)
