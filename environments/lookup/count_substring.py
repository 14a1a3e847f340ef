"""Counting how often a sequence stands in another."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class CountSubstring(Problem[int]):
    """Count the occurrences of a short sequence in a long one, overlaps included."""

    answer = Integer()
    ladder = Ladder(length=linear(6, 2), pattern_length=linear(2, 0.125))
    letters: str
    pattern: str

    @classmethod
    def generate(cls, rng: Random, length: int, pattern_length: int) -> Self:
        pattern = "".join(rng.choices("ab", k=pattern_length))
        planted = rng.uniform(0, 0.8)  # chance of a whole pattern next; from seldom to often, so that counts spread
        letters = ""
        while len(letters) < length:
            letters += pattern if rng.random() < planted else rng.choice("ab")
        return cls(letters=letters[:length], pattern=pattern)

    def prompt(self) -> str:
        return (
            f"How often do the letters {spaced(self.pattern)} stand side by side in this order, where occurrences may "
            f"overlap: {spaced(self.letters)}"
        )

    def solution(self) -> int:
        return sum(self.letters.startswith(self.pattern, place) for place in range(len(self.letters)))
