"""Two palindromes side by side."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.strings._palindromes import palindromes


@dataclass(frozen=True)
class Longest_DoublePalindrome(Problem[list[int]]):
    """Find the longest substring that is one palindrome followed by another."""

    answer = Integers()
    ladder = Ladder(length=linear(6))
    text: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        """Two palindromes inside random digits."""
        cuts = sorted(rng.sample(range(length + 1), 3))
        parts = [rng.choices("01", k=cuts[0])]
        for first, last in pairwise(cuts):
            half = rng.choices("01", k=(last - first + 1) // 2)
            parts.append([*half, *half[::-1][(last - first) % 2 :]])
        parts.append(rng.choices("01", k=length - cuts[2]))
        return cls("".join(digit for part in parts for digit in part))

    def prompt(self) -> str:
        return (
            "Find A < B < C with C - A as large as possible so that the digits at positions A to B - 1 read the same "
            "backwards, and those at B to C - 1 too. Positions count from 0, one digit alone will do. Give A B C: "
            f"{' '.join(self.text)}"
        )

    def solution(self) -> list[int]:
        length = len(self.text)
        ends, starts = [0] * (length + 1), [0] * (length + 1)  # the longest palindrome up to, and from, each place
        for first, end in palindromes(self.text):
            ends[end] = max(ends[end], end - first)
            starts[first] = max(starts[first], end - first)
        cut = max(range(1, length), key=lambda place: ends[place] + starts[place])
        return [cut - ends[cut], cut, cut + starts[cut]]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 3 or not 0 <= answer[0] < answer[1] < answer[2] <= len(self.text):
            return None
        a, b, c = answer
        if any(part != part[::-1] for part in (self.text[a:b], self.text[b:c])):
            return None
        first, _, last = self.solution()
        return scores.at_least(c - a, last - first)
