"""Numerals of a negative base."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class NegativeBase(Problem[list[int]]):
    """Write an integer in a negative base."""

    answer = Integers()
    ladder = Ladder(largest=geometric(20, 2), largest_base=linear(3, most=16))
    number: int
    base: int  # 3 stands for base -3

    @classmethod
    def generate(cls, rng: Random, largest: int, largest_base: int) -> Self:
        return cls(rng.choice((1, -1)) * rng.randint(largest // 2, largest), rng.randint(2, largest_base))

    def prompt(self) -> str:
        return (
            f"Write {self.number} in base {-self.base}, with digits 0 to {self.base - 1} for the powers "
            f"..., {self.base**2}, {-self.base}, 1. Give the digits in this order, without leading zeros."
        )

    def solution(self) -> list[int]:
        digits: list[int] = []
        rest = self.number
        while rest:
            digit = rest % self.base
            digits.append(digit)
            rest = (digit - rest) // self.base
        return digits[::-1]

    def verify(self, answer: list[int]) -> float | None:
        if not all(0 <= digit < self.base for digit in answer):
            return None
        return scores.positions(answer, self.solution(), power=3)
