"""Counting one letter among others."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CountChar(Problem[int]):
    """Count how often a letter occurs."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    letter: str
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        letter = rng.choice(ascii_lowercase)
        count = rng.randint(0, length // 2)
        letters = rng.choices(ascii_lowercase.replace(letter, ""), k=length - count) + [letter] * count
        rng.shuffle(letters)
        return cls(letter=letter, letters="".join(letters))

    def prompt(self) -> str:
        return f"How often does {self.letter} occur: {' '.join(self.letters)}"

    def solution(self) -> int:
        return self.letters.count(self.letter)
