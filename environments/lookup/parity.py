"""Whether a sum is even or odd."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Parity(Problem[str]):
    """Tell whether the sum of digits is even or odd."""

    answer = Choice(("even", "odd"))
    ladder = Ladder(length=linear(2))
    guessable = "0.50: there are two answers, each as frequent as the other"
    digits: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls(digits=rng.choices(range(10), k=length))

    def prompt(self) -> str:
        return f"Is the sum even or odd: {' '.join(map(str, self.digits))}"

    def solution(self) -> str:
        return "odd" if sum(self.digits) % 2 else "even"
