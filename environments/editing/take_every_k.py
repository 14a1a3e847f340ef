"""Taking letters at equal distances."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class TakeEveryK(Problem[str]):
    """Write the letters whose positions are multiples of a number."""

    answer = Letters()
    ladder = Ladder(length=linear(4))
    letters: str
    step: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(letters=random_letters(rng, length), step=rng.randint(2, min(length // 2, 9)))

    def prompt(self) -> str:
        step = self.step
        return (
            f"Positions are counted from 1. Write only the letters at positions {step}, {2 * step}, {3 * step} "
            f"and so on: {spaced(self.letters)}"
        )

    def solution(self) -> str:
        return self.letters[self.step - 1 :: self.step]

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
