"""Palindromes."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PalindromeTest(Problem[str]):
    """Tell whether a string reads the same from both ends."""

    answer = Choice(("yes", "no"))
    guessable = "0.50: there are two answers, drawn fairly"
    ladder = Ladder(length=linear(4))
    text: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        """`length` or one more letters; a text that is no palindrome misses it by one letter."""
        half = rng.choices("abcd", k=length // 2)
        letters = [*half, *rng.choices("abcd", k=(length + rng.randrange(2)) - 2 * len(half)), *half[::-1]]
        if len(letters) > 2 * len(half) + 1:
            letters[len(half)] = letters[len(half) + 1]
        if rng.randrange(2):
            place = rng.choice([*range(len(half)), *range(len(letters) - len(half), len(letters))])
            letters[place] = rng.choice([letter for letter in "abcd" if letter != letters[place]])
        return cls("".join(letters))

    def prompt(self) -> str:
        return f"Does this read the same backwards: {' '.join(self.text)}"

    def solution(self) -> str:
        return "yes" if self.text == self.text[::-1] else "no"
