"""The longest non-decreasing subsequence after turning one chosen subsequence around."""

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem

_LARGEST = 9


@dataclass(frozen=True)
class SubsequenceReversalLNDS(Problem[int]):
    """Reverse one subsequence to make the longest non-decreasing subsequence as long as possible."""

    answer = Integer()
    ladder = Ladder(length=linear(8))
    values: list[int]
    longest: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        # Few different numbers allow long subsequences; a varying count of them keeps the answer hard to guess.
        values = rng.choices(range(1, rng.randint(2, _LARGEST) + 1), k=length)
        return cls(values=values, longest=_longest(values))

    def prompt(self) -> str:
        return (
            "Choose some positions and reverse the order of the numbers on them. How long can the longest "
            f"non-decreasing subsequence become: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> int:
        return self.longest


def _longest(values: list[int]) -> int:
    @cache
    def best(left: int, right: int, low: int, high: int) -> int:
        """The best inside positions left..right with numbers from low to high."""
        if left > right or low > high:
            return 0
        first, last = values[left], values[right]
        lengths = [best(left + 1, right, low, high), best(left, right - 1, low, high)]
        if low <= first <= high:
            lengths.append(1 + best(left + 1, right, first, high))
            if left < right:
                lengths.append(1 + best(left + 1, right - 1, low, first))  # moves to the right end
        if low <= last <= high:
            lengths.append(1 + best(left, right - 1, low, last))
            lengths.append(1 + best(left + 1, right - 1, last, high))  # moves to the left end
        if low <= last <= first <= high and left < right:
            lengths.append(2 + best(left + 1, right - 1, last, first))
        return max(lengths)

    return best(0, len(values) - 1, 1, _LARGEST)
