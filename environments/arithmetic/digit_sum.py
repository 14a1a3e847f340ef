"""The sum of the digits of an integer."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DigitSum(Problem[int]):
    """Add up the digits of an integer."""

    answer = Integer()
    ladder = Ladder(digits=linear(3, 2))
    number: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        return cls(rng.randrange(10 ** (digits - 1), 10**digits))

    def prompt(self) -> str:
        return f"What is the sum of the digits of {self.number}?"

    def solution(self) -> int:
        return sum(map(int, str(self.number)))
