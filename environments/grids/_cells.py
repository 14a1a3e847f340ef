"""Cells of a grid: how they are written and which ones touch."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from random import Random

from environments import scores


def written(matrix: Iterable[Iterable[int]]) -> str:
    """One row on each line, numbers separated by spaces."""
    return "\n".join(" ".join(map(str, row)) for row in matrix)


def cut(cells: Sequence[int], width: int) -> list[list[int]]:
    """Rows of `width` numbers each."""
    return [list(cells[start : start + width]) for start in range(0, len(cells), width)]


def cut_text(cells: Sequence[str], width: int) -> list[str]:
    """Rows of `width` characters each."""
    return ["".join(cells[start : start + width]) for start in range(0, len(cells), width)]


def beside(row: int, column: int, height: int, width: int) -> Iterator[tuple[int, int]]:
    """The up to four cells that share a side with a cell."""
    if row > 0:
        yield row - 1, column
    if row + 1 < height:
        yield row + 1, column
    if column > 0:
        yield row, column - 1
    if column + 1 < width:
        yield row, column + 1


def sides(rng: Random, total: int, least: int = 2) -> tuple[int, int]:
    """A height and a width of about `total` together, the shorter one at least a third of it."""
    height = rng.randint(max(least, total // 3), total - max(least, total // 3))
    return height, total - height


def alike(found: Sequence[Sequence[object]], expected: Sequence[Sequence[object]], power: float = 10.0) -> float | None:
    """Share of equal cells; None (breaks the rules) where the shapes differ."""
    if [len(row) for row in found] != [len(row) for row in expected]:
        return None
    return scores.positions([*chain.from_iterable(found)], [*chain.from_iterable(expected)], power)
