"""Counting different letters."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class CountDistinct(Problem[int]):
    """Count how many different letters there are."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        pool = rng.sample(ascii_lowercase, rng.randint(1, min(length, 26)))
        letters = pool + rng.choices(pool, k=length - len(pool))
        rng.shuffle(letters)
        return cls(letters="".join(letters))

    def prompt(self) -> str:
        return f"How many different letters are there: {spaced(self.letters)}"

    def solution(self) -> int:
        return len(set(self.letters))
