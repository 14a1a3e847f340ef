"""Negative numbers in bits."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class TwosComplement(Problem[str]):
    """Write an integer in two's complement."""

    answer = Letters("01", "bits")
    ladder = Ladder(width=linear(6))
    number: int
    width: int

    @classmethod
    def generate(cls, rng: Random, width: int) -> Self:
        half = 2 ** (width - 1)
        return cls(rng.randrange(-half, half if rng.randrange(4) == 0 else 0), width)

    def prompt(self) -> str:
        return f"Write {self.number} in two's complement with {self.width} bits."

    def solution(self) -> str:
        return f"{self.number % 2**self.width:0{self.width}b}"

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution())
