"""Two environments that make a round wait: for a slow verifier, and for a few answers that are far longer than most.

They are for scripts/benchmark_overlap.py, and show that an environment may stand in any file.
"""

import time
from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem

VERIFY_SECONDS = 0.5
LONGEST = 100


@dataclass(frozen=True)
class SlowCopy(Problem[str]):
    """Write the same letters again, for a verifier that takes its time."""

    answer = Letters()
    ladder = Ladder(length=linear(2))
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls("".join(rng.choices(ascii_lowercase, k=length)))

    def prompt(self) -> str:
        return f"Copy: {' '.join(self.letters)}"

    def solution(self) -> str:
        return self.letters

    def verify(self, answer: str) -> float | None:
        time.sleep(VERIFY_SECONDS)  # as a test suite or a theorem prover would
        return scores.positions(answer, self.letters, power=2)


@dataclass(frozen=True)
class LongTail(Problem[str]):
    """Write a letter so many times: mostly a few, seldom up to a hundred."""

    answer = Letters()
    ladder = Ladder(scale=linear(3, 1, most=12))
    letter: str
    count: int

    @classmethod
    def generate(cls, rng: Random, scale: int) -> Self:
        # Pareto's law with exponent 1: of all counts, scale / n are longer than n.
        return cls(rng.choice(ascii_lowercase), min(LONGEST, int(scale * rng.paretovariate(1.0))))

    def prompt(self) -> str:
        return f"Write {self.letter} {self.count} times."

    def solution(self) -> str:
        return self.letter * self.count

    def verify(self, answer: str) -> float | None:
        """The nearer the count, the more."""
        if answer == self.solution():
            return 1.0
        shorter, longer = sorted((answer.count(self.letter), self.count))
        return 0.5 * shorter / longer if set(answer) == {self.letter} else 0.0
