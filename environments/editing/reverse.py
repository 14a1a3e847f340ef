"""Turning letters around."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Reverse(Problem[str]):
    """Write letters in reverse order."""

    answer = Letters()
    ladder = Ladder(length=linear(2))
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(letters="".join(rng.choices(ascii_lowercase, k=length)))

    def prompt(self) -> str:
        return f"Reverse: {' '.join(self.letters)}"

    def solution(self) -> str:
        return self.letters[::-1]

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
