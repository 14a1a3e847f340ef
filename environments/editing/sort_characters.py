"""Letters in the order of the alphabet."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SortCharacters(Problem[str]):
    """Put letters in alphabetical order."""

    answer = Letters()
    ladder = Ladder(length=linear(3))
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(letters=random_letters(rng, length))

    def prompt(self) -> str:
        return f"Put all these letters, repeated ones too, in alphabetical order: {spaced(self.letters)}"

    def solution(self) -> str:
        return "".join(sorted(self.letters))

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
