"""Subsequences in dictionary order."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class KthSubsequence(Problem[str]):
    """Find the subsequence of a string that has a given number in dictionary order."""

    answer = Letters("ab")
    ladder = Ladder(length=linear(4))
    text: str
    number: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        share = rng.uniform(0.3, 0.7)
        text = "".join("a" if rng.random() < share else "b" for _ in range(length))
        return cls(text, number=rng.randint(1, _starting_at(text)[0] - 1))

    def prompt(self) -> str:
        return (
            f"Sort all different subsequences of {' '.join(self.text)} but the empty one as in a dictionary, so that a "
            "comes before ab. A subsequence deletes letters and keeps the order. Counted from 1, give number "
            f"{self.number}."
        )

    def solution(self) -> str:
        counts = _starting_at(self.text)
        found, start, number = "", 0, self.number
        while number:
            for letter in "ab":
                place = self.text.find(letter, start)
                if place >= 0 and number <= counts[place + 1]:
                    found, start, number = found + letter, place + 1, number - 1
                    break
                number -= counts[place + 1] if place >= 0 else 0
        return found


def _starting_at(text: str) -> list[int]:
    """How many different subsequences text[place:] has, the empty one included."""
    counts = [1] * (len(text) + 1)
    behind = dict.fromkeys(text, -1)
    for place in range(len(text) - 1, -1, -1):
        behind[text[place]] = place + 1
        counts[place] = 1 + sum(counts[start] for start in behind.values() if start >= 0)
    return counts
