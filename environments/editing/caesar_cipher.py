"""The cipher that shifts the alphabet."""

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
class CaesarCipher(Problem[str]):
    """Shift letters along the alphabet."""

    answer = Letters()
    ladder = Ladder(length=linear(2), most_shift=linear(2, 1, most=25))
    letters: str
    shift: int  # negative: backward

    @classmethod
    def generate(cls, rng: Random, length: int, most_shift: int) -> Self:
        return cls(letters=random_letters(rng, length), shift=rng.randint(1, most_shift) * rng.choice((1, -1)))

    def prompt(self) -> str:
        places = "1 place" if abs(self.shift) == 1 else f"{abs(self.shift)} places"
        direction = "forward" if self.shift > 0 else "backward"
        return f"Shift each letter {places} {direction} in the alphabet, where a follows z: {spaced(self.letters)}"

    def solution(self) -> str:
        turned = ascii_lowercase[self.shift :] + ascii_lowercase[: self.shift]
        return self.letters.translate(str.maketrans(ascii_lowercase, turned))

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
