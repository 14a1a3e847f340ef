"""Writing the same letters several times."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RepeatString(Problem[str]):
    """Write letters several times in a row."""

    answer = Letters()
    ladder = Ladder(length=linear(2, 0.5), most_times=linear(3, 0.25))
    letters: str
    times: int

    @classmethod
    def generate(cls, rng: Random, length: int, most_times: int) -> Self:
        return cls(letters=random_letters(rng, length), times=rng.randint(2, most_times))

    def prompt(self) -> str:
        return f"Write these letters {self.times} times in a row: {spaced(self.letters)}"

    def solution(self) -> str:
        return self.letters * self.times

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
