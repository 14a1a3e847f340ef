"""The first letter that comes again."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Text
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class FirstRepeated(Problem[str]):
    """Find the letter that is the first to come a second time."""

    answer = Text("letter")
    ladder = Ladder(length=linear(5))
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        alphabet = rng.sample(ascii_lowercase, 26)
        before = rng.randint(2, min(length - 1, 26))  # different letters before the first that comes again
        new = alphabet[before:] or alphabet
        after = [rng.choice(new if rng.random() < 0.5 else alphabet) for _ in range(length - before - 1)]
        return cls(letters="".join([*alphabet[:before], rng.choice(alphabet[:before]), *after]))

    def prompt(self) -> str:
        return f"Read from left to right. Which letter is the first that you have read before: {spaced(self.letters)}"

    def solution(self) -> str:
        return next(letter for place, letter in enumerate(self.letters) if letter in self.letters[:place])

    def verify(self, answer: str) -> float | None:
        return scores.exact(answer == self.solution()) if len(answer) == 1 and answer in self.letters else None
