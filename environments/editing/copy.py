"""Copying letters: the first thing that a model learns."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Copy(Problem[str]):
    """Write the same letters again."""

    answer = Letters()
    ladder = Ladder(length=linear(2))
    guessable = "1.00: the answer is the prompt's data, and copying it is the task"
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(letters="".join(rng.choices(ascii_lowercase, k=length)))

    def prompt(self) -> str:
        return f"Copy: {' '.join(self.letters)}"

    def solution(self) -> str:
        return self.letters

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.letters, power=2)
