"""Quadratic equations."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._polynomials import product, written
from environments.answers import Integers
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class QuadraticRoots(Problem[list[int]]):
    """Solve a quadratic equation with integer roots."""

    answer = Integers()
    ladder = Ladder(largest=geometric(5, 1.4))
    factor: int
    roots: list[int]  # the smaller one first

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        factor = rng.choice((1, 1, -1, rng.randint(2, largest)))
        return cls(factor, sorted(rng.randint(-largest, largest) for _ in range(2)))

    def prompt(self) -> str:
        low, high = self.roots
        expanded = product([self.factor], product([-low, 1], [-high, 1]))
        return f"Solve {written(expanded)} = 0. Give both roots, the smaller one first, or a double root twice."

    def solution(self) -> list[int]:
        return self.roots

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.roots, power=5)
