"""The largest subsequence of a given length."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import is_subsequence
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaximumLexicographicalOrderSubsequence(Problem[list[int]]):
    """Find the subsequence of a given length that is last in dictionary order."""

    answer = Integers()
    ladder = Ladder(length=linear(5))
    values: list[int]
    count: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(1, 2 * length) for _ in range(length)]
        return cls(values, count=rng.randint(2, length // 2))

    def prompt(self) -> str:
        return (
            f"Delete numbers so that {self.count} are left and these, in their order, are as large as possible: the "
            "first counts most, then the second and so on. Give the numbers left: "
            f"{' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        kept: list[int] = []
        spare = len(self.values) - self.count
        for value in self.values:
            while spare and kept and kept[-1] < value:
                kept.pop()
                spare -= 1
            kept.append(value)
        return kept[: self.count]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.count or not is_subsequence(answer, self.values):
            return None
        return scores.exact(answer == self.solution())
