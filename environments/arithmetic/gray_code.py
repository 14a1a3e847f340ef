"""The reflected Gray code."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class GrayCode(Problem[str]):
    """Write the Gray code of a bit string."""

    answer = Letters("01", "bits")
    ladder = Ladder(length=linear(6))
    bits: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls("".join(rng.choices("01", k=length)))

    def prompt(self) -> str:
        return (
            "A bit string's Gray code has the same first bit; each other bit is 1 where the string's bit differs "
            f"from the string's bit before it. What is the Gray code of {self.bits}?"
        )

    def solution(self) -> str:
        number = int(self.bits, 2)
        return f"{number ^ number >> 1:0{len(self.bits)}b}"

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution())
