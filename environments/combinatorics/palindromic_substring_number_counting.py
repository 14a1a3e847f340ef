from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class PalindromicSubstringNumberCounting(Problem[int]):
    """Count the numbers in a range that contain a palindrome of two or more digits."""

    answer = Integer()
    ladder = Ladder(largest=geometric(200, 3), width=geometric(20, 2.5))
    first: int
    last: int

    @classmethod
    def generate(cls, rng: Random, largest: int, width: int) -> Self:
        first = rng.randint(1, largest)
        return cls(first, first + rng.randint(width // 2, width))

    def prompt(self) -> str:
        return (
            f"How many integers from {self.first} to {self.last}, both included, have a palindrome of two or more "
            "digits somewhere among their decimal digits (such as 131 in 51314)?"
        )

    def solution(self) -> int:
        return self.last - self.first + 1 - _without_palindrome(self.last) + _without_palindrome(self.first - 1)


def _without_palindrome(last: int) -> int:
    """Integers from 1 to `last` in which every digit differs from the two before it."""
    digits = [int(digit) for digit in str(last)]
    count = 0
    for length in range(1, len(digits)):
        count += 9 if length == 1 else 81 * 8 ** (length - 2)
    for place, digit in enumerate(digits):
        used = set(digits[max(0, place - 2) : place])
        smaller = sum(other not in used for other in range(digit) if other or place)
        free = 1  # ways to write the digits behind a smaller one here
        for later in range(place + 1, len(digits)):
            free *= 9 if later == 1 else 8
        count += smaller * free
        if digit in used:
            return count
    return count + (last > 0)
