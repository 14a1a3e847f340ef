"""A string that grows by itself."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SecretCowCode(Problem[str]):
    """Find a letter of an endless string that is made by appending rotations."""

    answer = Letters(noun="letter")
    ladder = Ladder(length=linear(3), doublings=linear(2, 0.5))
    text: str
    number: int

    @classmethod
    def generate(cls, rng: Random, length: int, doublings: int) -> Self:
        """The letters differ as long as there are enough, so that each of them is as likely as the others."""
        letters = "abcdefghijklmnopqrstuvwxyz"
        text = "".join(rng.sample(letters * (1 + length // len(letters)), length))
        return cls(text, number=rng.randint(length + 1, length << doublings))

    def prompt(self) -> str:
        return (
            "Append to a string the same string with its last letter moved to the front, then do this with the whole "
            f"again and again. Which letter is number {self.number}, counted from 1, if one starts with "
            f"{' '.join(self.text)}"
        )

    def solution(self) -> str:
        number, length = self.number, len(self.text)
        while length < number:
            length *= 2
        while length > len(self.text):
            length //= 2
            if number > length:
                number = number - length - 1 or length  # the first letter of a second half is the last of the first
        return self.text[number - 1]

    def verify(self, answer: str) -> float | None:
        return scores.exact(answer == self.solution()) if len(answer) == 1 else None
