"""Grids of 0 and 1 of which it is told how many 1s each row and column has."""

from environments import scores


def lines(rows: list[str]) -> list[str]:
    """Rows and columns."""
    return [*rows, *map("".join, zip(*rows, strict=True))]


def told(givens: list[str], planted: list[str]) -> list[str]:
    """The given rows, each with its count, and the columns' counts in a last line."""
    counts = [line.count("1") for line in lines(planted)]
    rows = [f"{row} {count}" for row, count in zip(givens, counts, strict=False)]
    return [*rows, " ".join(map(str, counts[len(givens) :]))]


def held(answer: list[str], planted: list[str]) -> float:
    """The score by lines whose count is the wanted one."""
    pairs = list(zip(lines(answer), lines(planted), strict=True))
    return scores.share(sum(a.count("1") == b.count("1") for a, b in pairs), len(pairs))
