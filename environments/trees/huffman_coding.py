"""Short words for frequent letters."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import pairwise
from random import Random
from string import ascii_lowercase
from typing import Self

from environments.answers import Words
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most


@dataclass(frozen=True)
class HuffmanCoding(Problem[list[str]]):
    """Find a binary prefix code that makes a text as short as possible."""

    answer = Words("words of 0 and 1")
    ladder = Ladder(letters=linear(3, most=26), largest=linear(9, 3, most=78))
    counts: list[int]

    @classmethod
    def generate(cls, rng: Random, letters: int, largest: int) -> Self:
        # Products of two are often small and rarely large, as in texts.
        return cls([rng.randint(1, 3) * rng.randint(1, largest) for _ in range(letters)])

    def prompt(self) -> str:
        counts = ", ".join(f"{letter} {count}" for letter, count in zip(ascii_lowercase, self.counts, strict=False))
        return (
            "A text has these letters as often as told. Give each letter, in order, a word of 0s and 1s, none the "
            f"beginning of another, so that the text written with them is as short as possible: {counts}"
        )

    def solution(self) -> list[str]:
        waiting = [(count, letter, [letter]) for letter, count in enumerate(self.counts)]
        heapify(waiting)
        words = [""] * len(self.counts)
        while len(waiting) > 1:
            (few, name, zeros), (more, _, ones) = heappop(waiting), heappop(waiting)
            for digit, letters in (("0", zeros), ("1", ones)):
                for letter in letters:
                    words[letter] = digit + words[letter]
            heappush(waiting, (few + more, name, zeros + ones))
        return words

    def verify(self, answer: list[str]) -> float | None:
        if len(answer) != len(self.counts) or not all({*word} <= {"0", "1"} for word in answer):
            return None
        if any(after.startswith(before) for before, after in pairwise(sorted(answer))):
            return None
        return at_most(self._length(answer), self._length(self.solution()), power=10.0)

    def _length(self, words: Sequence[str]) -> int:
        return sum(count * len(word) for count, word in zip(self.counts, words, strict=True))
