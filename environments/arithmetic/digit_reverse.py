"""An integer read from right to left."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DigitReverse(Problem[int]):
    """Read the digits of an integer from right to left."""

    answer = Integer()
    ladder = Ladder(digits=linear(3))
    number: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        return cls(rng.randrange(10 ** (digits - 1), 10**digits))

    def prompt(self) -> str:
        return f"Which number is {self.number} read from right to left?"

    def solution(self) -> int:
        return int(str(self.number)[::-1])
