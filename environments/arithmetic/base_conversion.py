"""Numerals from one base to another."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Letters
from environments.arithmetic._numerals import DIGITS, in_base
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BaseConversion(Problem[str]):
    """Write a number that is given in one base in another."""

    answer = Letters(DIGITS, "digits")
    ladder = Ladder(digits=linear(3), largest_base=linear(4, most=16))
    numeral: str
    base: int
    wanted: int

    @classmethod
    def generate(cls, rng: Random, digits: int, largest_base: int) -> Self:
        base, wanted = rng.sample(range(2, largest_base + 1), 2)
        return cls(in_base(rng.randrange(base ** (digits - 1), base**digits), base), base, wanted)

    def prompt(self) -> str:
        letters = " Digits above 9 are letters, a for 10 to f for 15." if max(self.base, self.wanted) > 10 else ""
        return f"Write the number {self.numeral} of base {self.base} in base {self.wanted}.{letters}"

    def solution(self) -> str:
        return in_base(int(self.numeral, self.base), self.wanted)
