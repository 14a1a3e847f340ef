"""Permutations of 1 to n with some entries hidden, whose prefixes leave n different remainders modulo n."""

from collections.abc import Iterable
from random import Random

from environments import scores


def hide(rng: Random, permutation: list[int], hidden: int) -> list[int]:
    """The permutation with 0 in so many places."""
    size = len(permutation)
    places = rng.sample(range(size), min(hidden, size))
    return [0 if place in places else value for place, value in enumerate(permutation)]


def question(values: list[int], results: str) -> str:
    """results: what is made of the first numbers, such as "sums"."""
    size = len(values)
    shown = " ".join(str(value or "?") for value in values)
    return (
        f"Replace each ? so that this is an order of the numbers 1 to {size} and the {results} of its first 1, 2, ..., "
        f"{size} numbers leave {size} different remainders when divided by {size}. Give all numbers: {shown}"
    )


def keeps(answer: list[int], values: list[int]) -> bool:
    """Whether an answer is a permutation and changes nothing that is shown."""
    return sorted(answer) == [*range(1, len(values) + 1)] and all(
        given in (0, value) for given, value in zip(values, answer, strict=True)
    )


def different(results: Iterable[int], size: int) -> float:
    return scores.share(len({result % size for result in results}), size)
