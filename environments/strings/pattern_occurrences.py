"""Where a pattern stands."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PatternOccurrences(Problem[list[int]]):
    """Find all places where a pattern begins in a text."""

    answer = Integers()
    ladder = Ladder(length=linear(7), pattern=linear(2, 0.2))
    text: str
    pattern: str

    @classmethod
    def generate(cls, rng: Random, length: int, pattern: int) -> Self:
        letters = rng.choices("ab", k=length)
        wanted = rng.choices("ab", k=pattern)
        for _ in range(1 + length // (4 * pattern)):
            place = rng.randint(0, length - pattern)
            letters[place : place + pattern] = wanted
        return cls("".join(letters), "".join(wanted))

    def prompt(self) -> str:
        return (
            f"At which positions, counted from 0, does {' '.join(self.pattern)} begin (it may overlap itself) in "
            f"{' '.join(self.text)}"
        )

    def solution(self) -> list[int]:
        return [place for place in range(len(self.text)) if self.text.startswith(self.pattern, place)]

    def verify(self, answer: list[int]) -> float | None:
        return scores.exact(answer == self.solution())
