"""Roman numerals read."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.arithmetic._numerals import roman
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class RomanToInt(Problem[int]):
    """Read a Roman numeral."""

    answer = Integer()
    ladder = Ladder(largest=geometric(50, 2.2, most=3999))
    number: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(1, largest))

    def prompt(self) -> str:
        return f"Which number is the Roman numeral {roman(self.number)}?"

    def solution(self) -> int:
        return self.number
