"""Merging two strings like a zip."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class InterleaveStrings(Problem[str]):
    """Take letters in turn from two strings."""

    answer = Letters()
    ladder = Ladder(letters=linear(4), surplus=linear(0, 0.25))
    first: str
    second: str

    @classmethod
    def generate(cls, rng: Random, letters: int, surplus: int) -> Self:
        shorter = max(1, (letters - rng.randint(0, surplus)) // 2)
        sizes = [shorter, letters - shorter]
        rng.shuffle(sizes)
        return cls(first=random_letters(rng, sizes[0]), second=random_letters(rng, sizes[1]))

    def prompt(self) -> str:
        return (
            "Take letters in turn from the first line and from the second, beginning with the first; once a line is "
            f"used up, take the rest of the other.\n{spaced(self.first)}\n{spaced(self.second)}"
        )

    def solution(self) -> str:
        both = min(len(self.first), len(self.second))
        pairs = [a + b for a, b in zip(self.first, self.second, strict=False)]
        return "".join(pairs) + self.first[both:] + self.second[both:]

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
