"""Fractions in lowest terms."""

from dataclasses import dataclass
from math import gcd
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class FractionSimplify(Problem[list[int]]):
    """Reduce a fraction to lowest terms."""

    answer = Integers()
    ladder = Ladder(largest=geometric(6, 1.5))
    numerator: int
    denominator: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        factor = rng.randint(2, largest)
        return cls(factor * rng.randint(1, largest), factor * rng.randint(2, largest))

    def prompt(self) -> str:
        return (
            f"Reduce the fraction {self.numerator}/{self.denominator} to lowest terms. "
            "Give its numerator and its denominator."
        )

    def solution(self) -> list[int]:
        shared = gcd(self.numerator, self.denominator)
        return [self.numerator // shared, self.denominator // shared]

    def verify(self, answer: list[int]) -> float | None:
        return scores.exact(answer == self.solution()) if len(answer) == 2 and answer[1] > 0 else None
