"""The cipher that shifts each letter by a letter of a key."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class VigenereCipher(Problem[str]):
    """Shift letters along the alphabet by the letters of a repeated key."""

    answer = Letters()
    ladder = Ladder(length=linear(2), key_length=linear(1, 0.34), key_letters=linear(3, 2, most=26))
    letters: str
    key: str

    @classmethod
    def generate(cls, rng: Random, length: int, key_length: int, key_letters: int) -> Self:
        letters = ascii_lowercase[:key_letters]
        key = rng.choice(letters[1:]) + random_letters(rng, key_length - 1, letters)  # a alone would change nothing
        return cls(letters=random_letters(rng, length), key=key)

    def prompt(self) -> str:
        return (
            "Write the key below the text, again and again. Shift each letter of the text forward in the alphabet, "
            "where a follows z, by the value of the key letter below it: 0 for a, 1 for b, up to 25 for z.\n"
            f"key: {spaced(self.key)}\ntext: {spaced(self.letters)}"
        )

    def solution(self) -> str:
        places = [ascii_lowercase.index(letter) for letter in self.letters]
        shifts = [ascii_lowercase.index(letter) for letter in self.key]
        return "".join(ascii_lowercase[(place + shifts[n % len(shifts)]) % 26] for n, place in enumerate(places))

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
