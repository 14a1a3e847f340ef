"""The first letters of words."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.language._words import WORDS
from environments.problem import Problem


@dataclass(frozen=True)
class Acronym(Problem[str]):
    """Write the first letter of every word."""

    answer = Letters()
    ladder = Ladder(count=linear(2))
    words: list[str]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        return cls(words=rng.sample(WORDS, count))

    def prompt(self) -> str:
        return f"Write the first letter of each word, in order: {' '.join(self.words)}"

    def solution(self) -> str:
        return "".join(word[0] for word in self.words)

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
