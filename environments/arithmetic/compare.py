"""The order of two integers."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Compare(Problem[str]):
    """Tell whether an integer is less than, equal to or greater than another."""

    answer = Choice(("less", "equal", "greater"))
    guessable = "0.34: one of three answers, drawn evenly"
    ladder = Ladder(digits=linear(2))
    left: int
    right: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        """Two numbers that first differ at an even place, if at all; leading zeros drop out."""
        wanted = rng.choice(("less", "equal", "greater"))
        left = [rng.randrange(10) for _ in range(digits)]
        right = left
        if wanted != "equal":
            place = rng.randrange(digits)
            low, high = sorted(rng.sample(range(10), 2))
            first, second = (low, high) if wanted == "less" else (high, low)
            right = [*left[:place], second, *(rng.randrange(10) for _ in range(place + 1, digits))]
            left = [*left[:place], first, *left[place + 1 :]]
        return cls(int("".join(map(str, left))), int("".join(map(str, right))))

    def prompt(self) -> str:
        return f"Is {self.left} less than, equal to or greater than {self.right}?"

    def solution(self) -> str:
        return "less" if self.left < self.right else "greater" if self.left > self.right else "equal"
