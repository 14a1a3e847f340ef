from dataclasses import dataclass
from math import comb
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DecreasingDigitCounting(Problem[int]):
    """Count the integers whose digits in a base, read from the end, decrease."""

    answer = Integer()
    ladder = Ladder(exponent=linear(5, 3), digits=linear(5))
    exponent: int
    bits: int
    count: int

    @classmethod
    def generate(cls, rng: Random, exponent: int, digits: int) -> Self:
        exponent = rng.randint(3, exponent)
        bits = rng.randint(exponent + 1, exponent * min(digits, 2**exponent - 1))
        full, rest = divmod(bits, exponent)
        largest = 2**exponent - 1
        count = sum(comb(largest, length) for length in range(2, full + 1))
        # With one digit more, all choices less those whose first digit has more than `rest` bits.
        count += comb(largest, full + 1) - comb(largest - 2**rest + 1, full + 1)
        return cls(exponent, bits, count)

    def prompt(self) -> str:
        return (
            f"How many positive integers have at most {self.bits} binary digits and, written in base "
            f"{2**self.exponent}, two or more digits, each larger than the one to its left?"
        )

    def solution(self) -> int:
        return self.count
