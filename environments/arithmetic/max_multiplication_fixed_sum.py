"""The largest product of numbers with a given sum."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaxMultiplicationFixedSum(Problem[list[int]]):
    """Find the largest product of positive integers with a given sum, as powers of 2 and 3."""

    answer = Integers()
    ladder = Ladder(digits=linear(2))
    total: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        return cls(rng.randrange(10 ** (digits - 1), 10**digits))

    def prompt(self) -> str:
        return (
            f"The largest product of positive integers, as many as you like, with sum {self.total} is 2^a * 3^b. "
            "Give a and b."
        )

    def solution(self) -> list[int]:
        """Threes, since two of them are worth more than three twos, and twos for what is left."""
        twos = -self.total % 3
        return [twos, (self.total - 2 * twos) // 3]

    def verify(self, answer: list[int]) -> float | None:
        return scores.exact(answer == self.solution()) if len(answer) == 2 else None
