from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class CapitalCityEffect(Problem[int]):
    """Add up digit times squared run length over the runs of equal digits of all numbers in a range."""

    answer = Integer()
    ladder = Ladder(largest=geometric(200, 3), width=geometric(4, 2))
    first: int
    last: int
    total: int

    @classmethod
    def generate(cls, rng: Random, largest: int, width: int) -> Self:
        first = rng.randint(1, largest)
        last = first + rng.randint(max(1, width // 2), width)
        return cls(first, last, _values_up_to(last) - _values_up_to(first - 1))

    def prompt(self) -> str:
        return (
            "The value of a number is the sum over its runs of equal digits of digit * (run length)^2, "
            "so 7722 has 7*4 + 2*4 = 36 and 101 has 1 + 0 + 1 = 2. "
            f"What is the sum of the values of all integers from {self.first} to {self.last}, both included?"
        )

    def solution(self) -> int:
        return self.total


def _values_up_to(last: int) -> int:
    """A run of n digits is worth its digit n times and twice that for each of its pairs: for every stretch of two or
    more equal digits, which may be written anywhere, the digit counts twice."""
    digits = str(last)
    size = len(digits)
    total = 0
    for start in range(size):
        for end in range(start + 1, size + 1):
            below, above = 10 ** (size - end), 10 ** (end - start)
            for digit in range(1, 10):
                stretch = int(str(digit) * (end - start))
                before, rest = divmod(last, below * above)
                middle, behind = divmod(rest, below)
                count = before * below + (below if middle > stretch else behind + 1 if middle == stretch else 0)
                total += digit * count * (1 if end - start == 1 else 2)
    return total
