"""Words with their beginnings moved to their ends."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Words
from environments.ladder import Ladder, linear
from environments.language._words import VOWELS, WORDS
from environments.problem import Problem


@dataclass(frozen=True)
class PigLatin(Problem[list[str]]):
    """Write words in Pig Latin."""

    answer = Words()
    ladder = Ladder(count=linear(1, 0.5))
    words: list[str]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        return cls(words=rng.sample(WORDS, count))

    def prompt(self) -> str:
        return (
            "The vowels are a, e, i, o and u. To a word that begins with a vowel add way. In any other word move all "
            f"letters before the first vowel to the end, then add ay. Do so with {' '.join(self.words)}"
        )

    def solution(self) -> list[str]:
        found: list[str] = []
        for word in self.words:
            vowel = next(place for place, letter in enumerate(word) if letter in VOWELS)
            found.append(f"{word[vowel:]}{word[:vowel]}ay" if vowel else f"{word}way")
        return found

    def verify(self, answer: list[str]) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
