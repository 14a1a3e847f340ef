"""Moving letters from one end to the other."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RotateString(Problem[str]):
    """Move letters from one end to the other."""

    answer = Letters()
    ladder = Ladder(length=linear(3))
    letters: str
    moved: int
    left: bool  # the first letters go to the end, else the last ones to the front

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(letters=random_letters(rng, length), moved=rng.randint(1, length - 1), left=rng.random() < 0.5)

    def prompt(self) -> str:
        from_end, to_end = ("first", "end") if self.left else ("last", "front")
        what = f"{from_end} letter" if self.moved == 1 else f"{from_end} {self.moved} letters, in the same order,"
        return f"Move the {what} to the {to_end}: {spaced(self.letters)}"

    def solution(self) -> str:
        cut = self.moved if self.left else len(self.letters) - self.moved
        return self.letters[cut:] + self.letters[:cut]

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
