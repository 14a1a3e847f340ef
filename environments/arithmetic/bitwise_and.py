"""The conjunction of two bit strings."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BitwiseAnd(Problem[str]):
    """Combine two bit strings by conjunction."""

    answer = Letters("01", "bits")
    ladder = Ladder(length=linear(4))
    left: str
    right: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(*("".join(rng.choices("011", k=length)) for _ in range(2)))

    def prompt(self) -> str:
        return f"What is the bitwise AND, all {len(self.left)} bits of it: {self.left} and {self.right}"

    def solution(self) -> str:
        return "".join("01"[a == b == "1"] for a, b in zip(self.left, self.right, strict=True))

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution())
