"""The sum of games."""

from collections.abc import Iterable


def nim_sum(values: Iterable[int]) -> int:
    """The value of games that are played side by side, from their Grundy values; 0 where the player to move loses."""
    total = 0
    for value in values:
        total ^= value
    return total
