"""The first place of a letter."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class IndexOf(Problem[int]):
    """Find the first position of a letter."""

    answer = Integer()
    ladder = Ladder(length=linear(3))
    letters: str
    wanted: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        wanted = rng.choice(ascii_lowercase)
        others = ascii_lowercase.replace(wanted, "")
        first = rng.randrange(length)
        after = [wanted if rng.random() < 0.2 else rng.choice(others) for _ in range(length - first - 1)]
        return cls(letters="".join([*rng.choices(others, k=first), wanted, *after]), wanted=wanted)

    def prompt(self) -> str:
        return f"At which position, counted from 1, does {self.wanted} stand first: {spaced(self.letters)}"

    def solution(self) -> int:
        return self.letters.index(self.wanted) + 1

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 1 <= answer <= len(self.letters) else None
