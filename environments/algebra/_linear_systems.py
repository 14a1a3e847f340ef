"""Systems of linear equations in unknowns a, b, c, ..."""

from collections.abc import Sequence
from random import Random

from environments.algebra._polynomials import summed

NAMES = "abcdefghijklmnopqrstuvwxyz"


def scalar(row: Sequence[int], values: Sequence[int]) -> int:
    """The sum of the products."""
    return sum(a * b for a, b in zip(row, values, strict=True))


def equations(matrix: Sequence[Sequence[int]], values: Sequence[int]) -> str:
    """A line for each row, which the values satisfy."""
    return "\n".join(f"{summed(zip(row, NAMES, strict=False))} = {scalar(row, values)}" for row in matrix)


def regular(rng: Random, size: int) -> list[list[int]]:
    """A square matrix with entries from -5 to 5 that has an inverse, since it has one modulo 11.

    A lower times an upper triangular matrix, with rows in any order.
    """

    def triangle() -> list[list[int]]:
        rows = [[rng.randrange(11) for _ in range(size)] for _ in range(size)]
        for place, row in enumerate(rows):
            row[place:] = [rng.randrange(1, 11), *[0] * (size - place - 1)]
        return rows

    lower, upper = triangle(), triangle()  # the second one by columns
    rows = [[(scalar(row, column) + 5) % 11 - 5 for column in upper] for row in lower]
    rng.shuffle(rows)
    return rows
