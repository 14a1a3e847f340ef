"""The ones of a binary numeral."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PopCount(Problem[int]):
    """Count the ones in the binary form of an integer."""

    answer = Integer()
    ladder = Ladder(bits=linear(6))
    number: int

    @classmethod
    def generate(cls, rng: Random, bits: int) -> Self:
        return cls(rng.randrange(1, 2**bits))

    def prompt(self) -> str:
        return f"How many ones are in the binary form of {self.number}?"

    def solution(self) -> int:
        return self.number.bit_count()
