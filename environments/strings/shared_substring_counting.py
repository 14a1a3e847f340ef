"""Substrings of two strings."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SharedSubstringCounting(Problem[int]):
    """Count the pairs of equal substrings of two strings."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    first: str
    second: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        first, second = ("".join(rng.choices("abc", k=length - rng.randrange(2))) for _ in range(2))
        return cls(first, second if set(first) & set(second) else first[0] + second[1:])

    def prompt(self) -> str:
        return (
            "In how many ways can one choose a part without gaps of the first string, and one of the second that reads "
            "the same? Parts at other positions are other parts; empty ones do not count.\n"
            f"{' '.join(self.first)}\n{' '.join(self.second)}"
        )

    def solution(self) -> int:
        # As many equal parts end at two places as letters before them agree.
        total = 0
        agree = [0] * (len(self.second) + 1)
        for letter in self.first:
            agree = [
                0,
                *(before + 1 if letter == other else 0 for before, other in zip(agree, self.second, strict=False)),
            ]
            total += sum(agree)
        return total
