"""Powers modulo an integer."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class PowerMod(Problem[int]):
    """Find the remainder of a power."""

    answer = Integer()
    ladder = Ladder(largest=geometric(9, 1.5))
    base: int
    exponent: int
    modulus: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(2, largest), rng.randint(2, largest), rng.randint(max(3, largest // 2), largest))

    def prompt(self) -> str:
        return f"What is the remainder when {self.base} to the power {self.exponent} is divided by {self.modulus}?"

    def solution(self) -> int:
        return pow(self.base, self.exponent, self.modulus)
