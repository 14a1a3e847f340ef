"""Substrings that turn into their opposite."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class AntiPalindromicSubstringCounting(Problem[int]):
    """Count the substrings that read backwards are their own opposite."""

    answer = Integer()
    ladder = Ladder(length=linear(6))
    digits: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        """Parts of even length are opposites of themselves, the others random."""
        cuts = [0, *sorted(rng.sample(range(1, length), rng.randint(0, length // 2))), length]
        digits: list[str] = []
        for first, last in pairwise(cuts):
            half = rng.choices("01", k=(last - first) // 2)
            if (last - first) % 2:
                digits += rng.choices("01", k=last - first)
            else:
                digits += [*half, *("10"[int(digit)] for digit in reversed(half))]
        if len(set(digits)) == 1:
            digits[rng.randrange(length)] = "10"[int(digits[0])]  # two different neighbours count already
        return cls("".join(digits))

    def prompt(self) -> str:
        return (
            "Some parts without gaps, not empty, stay the same when they are read backwards and every 0 is replaced by "
            f"1, every 1 by 0. How many? Parts at other positions are other parts: {' '.join(self.digits)}"
        )

    def solution(self) -> int:
        count = 0
        for middle in range(1, len(self.digits)):
            first, last = middle - 1, middle
            while first >= 0 and last < len(self.digits) and self.digits[first] != self.digits[last]:
                count += 1
                first, last = first - 1, last + 1
        return count
