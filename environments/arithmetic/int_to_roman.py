"""Roman numerals written."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Letters
from environments.arithmetic._numerals import roman
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class IntToRoman(Problem[str]):
    """Write a number as a Roman numeral."""

    answer = Letters("IVXLCDM")
    ladder = Ladder(largest=geometric(50, 2.2, most=3999))
    number: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(1, largest))

    def prompt(self) -> str:
        return f"Write {self.number} as a Roman numeral, with IV for 4, IX for 9, XL for 40 and so on."

    def solution(self) -> str:
        return roman(self.number)
