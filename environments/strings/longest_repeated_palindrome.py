"""Palindromes that stand twice."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Longest_RepeatedPalindrome(Problem[list[int]]):
    """Find the longest substring that is a word, its mirror image and both again."""

    answer = Integers()
    ladder = Ladder(length=linear(12))
    text: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        word = rng.choices("01", k=rng.randint(1, (length - 2) // 4))
        planted = [*word, *word[::-1]] * 2
        rest = rng.choices("01", k=length - len(planted))
        place = rng.randint(0, len(rest))
        return cls("".join([*rest[:place], *planted, *rest[place:]]))

    def prompt(self) -> str:
        return (
            "Find the longest part without gaps that is some digits X, then X backwards, then X, then X backwards. "
            f"Give the positions of its first and its last digit, counted from 0: {' '.join(self.text)}"
        )

    def solution(self) -> list[int]:
        length = len(self.text)
        for size in range(length // 4 * 4, 0, -4):
            for first in range(length - size + 1):
                if _is_repeated(self.text[first : first + size]):
                    return [first, first + size - 1]
        raise AssertionError("one was planted")

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2 or not 0 <= answer[0] <= answer[1] < len(self.text):
            return None
        part = self.text[answer[0] : answer[1] + 1]
        if len(part) % 4 or not _is_repeated(part):
            return None
        first, last = self.solution()
        return scores.at_least(len(part), last - first + 1)


def _is_repeated(text: str) -> bool:
    half = text[: len(text) // 2]
    return text == half + half and half == half[::-1]
