"""Turning the order of words around."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Words
from environments.ladder import Ladder, linear
from environments.language._words import WORDS
from environments.problem import Problem


@dataclass(frozen=True)
class WordReverse(Problem[list[str]]):
    """Write words in reverse order."""

    answer = Words()
    ladder = Ladder(count=linear(2, 0.5))
    words: list[str]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        return cls(words=rng.sample(WORDS, count))

    def prompt(self) -> str:
        return f"Write these words in reverse order: {' '.join(self.words)}"

    def solution(self) -> list[str]:
        return self.words[::-1]

    def verify(self, answer: list[str]) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
