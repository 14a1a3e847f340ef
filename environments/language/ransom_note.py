"""Letters cut out to write a note."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments.answers import Choice
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RansomNote(Problem[str]):
    """Tell whether a note can be made from given letters."""

    answer = Choice(("yes", "no"))
    guessable = "0.50: there are two answers, drawn fairly"
    ladder = Ladder(note=linear(2, 0.5), spare=linear(1, 0.5), alphabet=linear(4, 0.25, most=26))
    note: str
    magazine: str

    @classmethod
    def generate(cls, rng: Random, note: int, spare: int, alphabet: int) -> Self:
        """Where the note cannot be made, it lacks a single letter, and the magazine is as long as else."""
        letters = rng.sample(ascii_lowercase, alphabet)
        wanted = rng.choices(letters, k=note)
        magazine = wanted + rng.choices(letters, k=spare)
        if rng.random() < 0.5:
            missing = rng.choice(wanted)
            others = [letter for letter in letters if letter != missing]
            enough = wanted.count(missing) - 1
            kept = [letter for letter in magazine if letter != missing] + [missing] * enough
            magazine = kept + rng.choices(others, k=len(magazine) - len(kept))
        rng.shuffle(magazine)
        return cls(note="".join(wanted), magazine="".join(magazine))

    def prompt(self) -> str:
        return (
            f"Can you write {' '.join(self.note)} with these letters, each used once at most: {' '.join(self.magazine)}"
        )

    def solution(self) -> str:
        return "yes" if all(self.magazine.count(letter) >= self.note.count(letter) for letter in self.note) else "no"
