"""Partial credit in [0, 0.5] for answers that keep the rules but are not correct; exactly 1.0 only for correct ones."""

from collections.abc import Sequence


def exact(correct: bool) -> float:
    return 1.0 if correct else 0.0


def at_most(value: float, best: float, power: float = 5.0) -> float:
    """Minimisation: 1.0 for value == best, else half of (best / value) ** power. A feasible value is ≥ best > 0."""
    if value == best:
        return 1.0
    return 0.5 * (best / value) ** power if value > best > 0 else 0.0


def at_least(value: float, best: float, power: float = 5.0) -> float:
    """Maximisation: 1.0 for value == best, else half of (value / best) ** power. A feasible value is ≤ best."""
    if value == best:
        return 1.0
    return 0.5 * (value / best) ** power if 0 < value < best else 0.0


def share(count: int, total: int, power: float = 10.0) -> float:
    """1.0 when all of `total` constraints or positions hold, else half of (count / total) ** power."""
    if count == total:
        return 1.0
    return 0.5 * (count / total) ** power


def positions(found: Sequence[object], expected: Sequence[object], power: float = 10.0) -> float | None:
    """Share of equal positions; None (breaks the rules) where the lengths differ."""
    if len(found) != len(expected):
        return None
    return share(sum(a == b for a, b in zip(found, expected, strict=True)), len(expected), power)


def ratio(value: int, truth: int, power: float = 10.0) -> float:
    """Counts: 1.0 when equal, else half of (smaller / larger) ** power; 0 where a sign or a zero is wrong."""
    if value == truth:
        return 1.0
    if value <= 0 or truth <= 0:
        return 0.0
    # Big integers divide exactly enough as floats only within range; a huge gap is worth nothing anyway.
    if value.bit_length() - truth.bit_length() not in range(-64, 65):
        return 0.0
    small, large = sorted((value, truth))
    return 0.5 * (small / large) ** power
