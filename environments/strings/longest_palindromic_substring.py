"""The longest palindrome in a string."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.strings._palindromes import palindromes


@dataclass(frozen=True)
class LongestPalindromicSubstring(Problem[list[int]]):
    """Find a longest substring that reads the same from both ends."""

    answer = Integers()
    ladder = Ladder(length=linear(5))
    text: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        half = rng.choices("abc", k=rng.randint(1, length // 2 - 1))
        middle = rng.choices("abc", k=rng.randrange(2))
        palindrome = [*half, *middle, *half[::-1]]
        rest = rng.choices("abc", k=length - len(palindrome))
        place = rng.randint(0, len(rest))
        return cls("".join([*rest[:place], *palindrome, *rest[place:]]))

    def prompt(self) -> str:
        return (
            "Find the longest part without gaps that reads the same backwards. Give the positions of its first and its "
            f"last letter, counted from 0: {' '.join(self.text)}"
        )

    def solution(self) -> list[int]:
        first, end = max(palindromes(self.text), key=lambda span: span[1] - span[0])
        return [first, end - 1]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2 or not 0 <= answer[0] <= answer[1] < len(self.text):
            return None
        part = self.text[answer[0] : answer[1] + 1]
        if part != part[::-1]:
            return None
        first, last = self.solution()
        return scores.at_least(len(part), last - first + 1)
