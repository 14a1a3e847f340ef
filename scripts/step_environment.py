"""An environment whose answers have long-tailed lengths: for scripts/benchmark_step.py, by path."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class Repetition(Problem[str]):
    """Write a letter so many times; levels drawn evenly make many short answers and few long ones."""

    answer = Letters()
    ladder = Ladder(times=geometric(4, 1.1, add=1, most=110))
    guessable = "1.00: the prompt says what to write"
    letter: str
    times: int

    @classmethod
    def generate(cls, rng: Random, times: int) -> Self:
        return cls(letter=rng.choice(ascii_lowercase), times=times)

    def prompt(self) -> str:
        return f"Write {self.letter}, {self.times} times."

    def solution(self) -> str:
        return self.letter * self.times

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
