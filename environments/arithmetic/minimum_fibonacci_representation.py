"""Sums and differences of Fibonacci numbers."""

from dataclasses import dataclass
from math import isqrt
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class MinimumFibonacciRepresentation(Problem[list[int]]):
    """Write an integer with as few Fibonacci numbers, added or subtracted, as possible."""

    answer = Integers()
    ladder = Ladder(largest=geometric(45, 2.5))
    number: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(2, largest))

    def prompt(self) -> str:
        return (
            f"Write {self.number} as a sum of as few terms as possible, each a Fibonacci number (1, 2, 3, 5, 8, ...) "
            "or the negative of one; terms may repeat. Give the terms."
        )

    def solution(self) -> list[int]:
        """The nearest Fibonacci number, then the same for what is missing."""
        terms: list[int] = []
        rest = self.number
        while rest:
            low, high = 1, 2
            while high <= abs(rest):
                low, high = high, low + high
            near = low if abs(rest) - low <= high - abs(rest) else high
            terms.append(near if rest > 0 else -near)
            rest -= terms[-1]
        return terms

    def verify(self, answer: list[int]) -> float | None:
        if sum(answer) != self.number or not all(map(_is_fibonacci, map(abs, answer))):
            return None
        return scores.at_most(len(answer), len(self.solution()))


def _is_fibonacci(number: int) -> bool:
    square = 5 * number * number
    return number > 0 and any(isqrt(square + step) ** 2 == square + step for step in (-4, 4))
