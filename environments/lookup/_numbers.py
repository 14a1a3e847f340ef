"""Lists of numbers in prompts."""

from collections.abc import Sequence
from random import Random


def spaced(values: Sequence[object]) -> str:
    return " ".join(map(str, values))


def distinct(rng: Random, length: int, limit: int) -> list[int]:
    """Different numbers from 0 to limit - 1, in random order."""
    return rng.sample(range(limit), length)
