"""Leaving the vowels out."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import spaced
from environments.ladder import Ladder, linear
from environments.language._words import CONSONANTS, VOWELS
from environments.problem import Problem


@dataclass(frozen=True)
class RemoveVowels(Problem[str]):
    """Write letters without the vowels among them."""

    answer = Letters()
    ladder = Ladder(length=linear(3))
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        vowels = rng.randint(1, (length + 1) // 2)
        letters = rng.choices(VOWELS, k=vowels) + rng.choices(CONSONANTS, k=length - vowels)
        rng.shuffle(letters)
        return cls(letters="".join(letters))

    def prompt(self) -> str:
        return f"Leave out the vowels (a, e, i, o and u): {spaced(self.letters)}"

    def solution(self) -> str:
        return "".join(letter for letter in self.letters if letter not in VOWELS)

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
