"""Replacing one letter by another."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ReplaceChar(Problem[str]):
    """Replace every occurrence of a letter by another letter."""

    answer = Letters()
    ladder = Ladder(length=linear(3))
    letters: str
    old: str
    new: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        old, new = rng.sample(ascii_lowercase, 2)
        count = rng.randint(1, (length + 1) // 2)
        letters = [old] * count + rng.choices(ascii_lowercase.replace(old, ""), k=length - count)
        rng.shuffle(letters)
        return cls(letters="".join(letters), old=old, new=new)

    def prompt(self) -> str:
        return f"Replace every {self.old} by {self.new}: {spaced(self.letters)}"

    def solution(self) -> str:
        return self.letters.replace(self.old, self.new)

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
