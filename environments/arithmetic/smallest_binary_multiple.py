"""Multiples made of zeros and ones."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class SmallestBinaryMultiple(Problem[int]):
    """Find the least factor that makes a number one of digits 0 and 1 only."""

    answer = Integer()
    ladder = Ladder(largest=geometric(100, 1.8, most=5000))  # the search takes as many steps as the number says
    number: int
    factor: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        number = rng.randint(2, largest)
        return cls(number, _smallest(number) // number)

    def prompt(self) -> str:
        return (
            f"What is the smallest positive integer b for which the decimal digits of {self.number} * b are all 0 or 1?"
        )

    def solution(self) -> int:
        return self.factor


def _smallest(number: int) -> int:
    """The least positive multiple of digits 0 and 1: numbers of such digits in rising order, one for each remainder."""
    reached = bytearray(number)
    row = [(1, 1 % number)]
    while True:
        longer: list[tuple[int, int]] = []
        for multiple, remainder in row:
            if remainder == 0:
                return multiple
            for digit in (0, 1):
                after = (10 * remainder + digit) % number
                if not reached[after]:
                    reached[after] = 1
                    longer.append((10 * multiple + digit, after))
        row = longer
