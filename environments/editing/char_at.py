"""The letter at a position."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Text
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CharAt(Problem[str]):
    """Find the letter at a position counted from either end."""

    answer = Text("letter")
    ladder = Ladder(length=linear(3))
    letters: str
    position: int  # from 1
    from_end: bool

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(letters=random_letters(rng, length), position=rng.randint(1, length), from_end=rng.random() < 0.5)

    def prompt(self) -> str:
        first = "last" if self.from_end else "first"
        return f"Which letter is number {self.position}, where the {first} letter is number 1: {spaced(self.letters)}"

    def solution(self) -> str:
        return self.letters[-self.position] if self.from_end else self.letters[self.position - 1]

    def verify(self, answer: str) -> float | None:
        return scores.exact(answer == self.solution()) if len(answer) == 1 and answer in self.letters else None
