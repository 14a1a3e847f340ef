"""Letters as numbers."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class AlphabetPosition(Problem[list[int]]):
    """Write letters as their positions in the alphabet."""

    answer = Integers()
    ladder = Ladder(length=linear(2))
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(letters=random_letters(rng, length))

    def prompt(self) -> str:
        return f"Write each letter as its position in the alphabet, from a = 1 to z = 26: {spaced(self.letters)}"

    def solution(self) -> list[int]:
        return [ascii_lowercase.index(letter) + 1 for letter in self.letters]

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
