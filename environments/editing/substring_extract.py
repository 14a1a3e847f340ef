"""A piece of a string."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Text
from environments.editing._letters import random_letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SubstringExtract(Problem[str]):
    """Write the letters between two positions."""

    answer = Text("substring")
    ladder = Ladder(length=linear(4))
    letters: str
    first: int  # from 1
    last: int  # included

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        first, last = sorted(rng.sample(range(1, length + 1), 2))
        if (first, last) == (1, length):
            last -= 1
        return cls(letters=random_letters(rng, length), first=first, last=last)

    def prompt(self) -> str:
        return f"Write letters number {self.first} to {self.last}, both included, counted from 1, of {self.letters}"

    def solution(self) -> str:
        return self.letters[self.first - 1 : self.last]

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
