"""Runs of equal letters, counted."""

from dataclasses import dataclass
from itertools import groupby
from random import Random
from string import ascii_lowercase, digits
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RunLengthEncode(Problem[str]):
    """Write runs of equal letters as letters and counts."""

    answer = Letters(ascii_lowercase + digits, "letters and digits")
    ladder = Ladder(runs=linear(2, 0.5), longest=linear(3, 0.5, most=9))
    letters: str

    @classmethod
    def generate(cls, rng: Random, runs: int, longest: int) -> Self:
        letters = ""
        for _ in range(runs):
            letters += rng.choice(ascii_lowercase.replace(letters[-1:] or " ", "")) * rng.randint(1, longest)
        return cls(letters=letters)

    def prompt(self) -> str:
        return f"Write each run of equal letters as the letter and then its count: {spaced(self.letters)}"

    def solution(self) -> str:
        return "".join(f"{letter}{len(list(run))}" for letter, run in groupby(self.letters))

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
