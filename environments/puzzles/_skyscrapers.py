"""What is seen of rows of buildings from their ends."""

from collections.abc import Callable
from random import Random

LINES = ("left", "right", "top", "bottom")


def seen(heights: list[int]) -> list[int]:
    """The heights that no building before them hides."""
    visible: list[int] = []
    for height in heights:
        if not visible or height > visible[-1]:
            visible.append(height)
    return visible


def clues(square: list[list[int]], of: Callable[[list[int]], int]) -> list[list[int]]:
    """What is told of the seen heights, by LINES: rows from the left and the right, columns from above and below."""
    columns = [list(column) for column in zip(*square, strict=True)]
    return [[of(seen(line[::step])) for line in lines] for lines in (square, columns) for step in (1, -1)]


def some(rng: Random, told: list[list[int]]) -> list[list[int]]:
    """Most of the clues, 0 in place of the others; the first is kept."""
    return [[clue if place == 0 or rng.randrange(4) else 0 for place, clue in enumerate(line)] for line in told]


def kept(found: list[list[int]], wanted: list[list[int]]) -> tuple[int, int]:
    """How many of the wanted clues hold, and how many there are."""
    pairs = [
        (a, b) for found_line, line in zip(found, wanted, strict=True) for a, b in zip(found_line, line, strict=True)
    ]
    return sum(a == b for a, b in pairs if b), sum(b > 0 for _, b in pairs)


def written(told: list[list[int]]) -> str:
    return "\n".join(f"{line}: {' '.join(map(str, numbers))}" for line, numbers in zip(LINES, told, strict=True))
