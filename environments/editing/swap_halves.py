"""Exchanging two halves."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SwapHalves(Problem[str]):
    """Exchange the first and the second half of some letters."""

    answer = Letters()
    ladder = Ladder(length=linear(4))
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(letters=random_letters(rng, length))

    def prompt(self) -> str:
        return f"Exchange the first and the second half; a letter in the middle stays there: {spaced(self.letters)}"

    def solution(self) -> str:
        half = len(self.letters) // 2
        return self.letters[-half:] + self.letters[half:-half] + self.letters[:half]

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
