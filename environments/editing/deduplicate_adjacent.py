"""Runs of equal letters, shortened."""

from dataclasses import dataclass
from itertools import groupby
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DeduplicateAdjacent(Problem[str]):
    """Shorten every run of equal letters to one letter."""

    answer = Letters()
    ladder = Ladder(runs=linear(2), longest=linear(3, 0.25, most=9))
    letters: str

    @classmethod
    def generate(cls, rng: Random, runs: int, longest: int) -> Self:
        # Few letters, so that many come again after another run.
        pool = rng.sample(ascii_lowercase, min(26, 2 + runs // 3))
        lengths = [rng.randint(1, longest) for _ in range(runs)]
        lengths[rng.randrange(runs)] = rng.randint(2, longest)
        letters = ""
        for length in lengths:
            letters += rng.choice([letter for letter in pool if letter != letters[-1:]]) * length
        return cls(letters=letters)

    def prompt(self) -> str:
        return f"Where equal letters stand side by side, keep only one of them: {spaced(self.letters)}"

    def solution(self) -> str:
        return "".join(letter for letter, _ in groupby(self.letters))

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
