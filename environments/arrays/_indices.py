"""Tests of answers that name places in a list."""

from collections.abc import Sequence
from itertools import pairwise


def distinct(places: Sequence[int], count: int) -> bool:
    """Whether these are different places of a list of `count` entries, counted from 0."""
    return len(places) <= count and len(set(places)) == len(places) and all(0 <= place < count for place in places)


def increasing(places: Sequence[int], count: int) -> bool:
    """Whether these are places of a list of `count` entries, counted from 0, each after the one before."""
    return distinct(places, count) and all(a < b for a, b in pairwise(places))


def is_subsequence(values: Sequence[int], of: Sequence[int]) -> bool:
    """Whether deleting entries of `of` leaves `values`."""
    rest = iter(of)
    return len(values) <= len(of) and all(value in rest for value in values)
