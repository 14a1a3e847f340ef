"""The cipher that turns the alphabet around."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class AtbashCipher(Problem[str]):
    """Replace letters by their counterparts in the alphabet turned around."""

    answer = Letters()
    ladder = Ladder(length=linear(2))
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(letters=random_letters(rng, length))

    def prompt(self) -> str:
        return (
            "Turn the alphabet around: a becomes z, b becomes y, c becomes x and so on until z becomes a. "
            f"Do so with {spaced(self.letters)}"
        )

    def solution(self) -> str:
        return self.letters.translate(str.maketrans(ascii_lowercase, ascii_lowercase[::-1]))

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
