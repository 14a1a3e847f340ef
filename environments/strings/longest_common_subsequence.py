"""What two strings have in common."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.strings._subsequences import is_subsequence


@dataclass(frozen=True)
class LongestCommonSubsequence(Problem[str]):
    """Find a longest common subsequence of two strings."""

    answer = Letters("abc")
    ladder = Ladder(length=linear(4))
    first: str
    second: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        first, second = ("".join(rng.choices("abc", k=length - rng.randrange(2))) for _ in range(2))
        return cls(first, second if set(first) & set(second) else first[0] + second[1:])

    def prompt(self) -> str:
        return (
            f"{' '.join(self.first)}\n{' '.join(self.second)}\n"
            "Delete letters of both strings, as few as possible, so that the same is left of both. Give what is left."
        )

    def solution(self) -> str:
        row = [""] * (len(self.second) + 1)
        for letter in self.first:
            new = [""]
            for place, other in enumerate(self.second, 1):
                new.append(row[place - 1] + letter if letter == other else max(row[place], new[-1], key=len))
            row = new
        return row[-1]

    def verify(self, answer: str) -> float | None:
        if not is_subsequence(answer, self.first) or not is_subsequence(answer, self.second):
            return None
        return scores.at_least(len(answer), len(self.solution()))
