"""Counting ones among zeros."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class CountOnes(Problem[int]):
    """Count the ones among zeros and ones."""

    answer = Integer()
    ladder = Ladder(length=linear(6, 2))
    bits: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        ones = rng.randint(1, length - 1)  # fair bits would make half the length a good guess
        bits = ["1"] * ones + ["0"] * (length - ones)
        rng.shuffle(bits)
        return cls(bits="".join(bits))

    def prompt(self) -> str:
        return f"How many 1s are there: {spaced(self.bits)}"

    def solution(self) -> int:
        return self.bits.count("1")
