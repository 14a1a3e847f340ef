"""Equations in one unknown."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.algebra._polynomials import summed
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LinearEquation(Problem[int]):
    """Solve a linear equation in one unknown."""

    answer = Integer()
    ladder = Ladder(terms=linear(2), largest=linear(5, 2))
    left: list[list[int]]  # 1 and 3 stand for 3x, 0 and 3 for 3
    right: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, terms: int, largest: int) -> Self:
        """The last constant on the right makes the drawn x a solution; the first term keeps x from dropping out."""
        x = rng.randint(-largest, largest)
        left, right = [[1, rng.randint(1, largest)]], list[list[int]]()
        for _ in range(terms - 1):
            term = [rng.randrange(2), rng.choice((1, -1)) * rng.randint(1, largest)]
            (left if len(left) == 1 or rng.randrange(3) else right).append(term)
        slope = sum(factor for power, factor in left if power) - sum(factor for power, factor in right if power)
        if slope == 0:
            left[0][1] += 1
        off = sum(factor * x**power for power, factor in left) - sum(factor * x**power for power, factor in right)
        return cls(left, [*right, [0, off]])

    def prompt(self) -> str:
        left, right = (
            summed((factor, "x" if power else "") for power, factor in side) for side in (self.left, self.right)
        )
        return f"Solve for x: {left} = {right}"

    def solution(self) -> int:
        slope, constant = (
            sum(factor for power, factor in self.left if power == wanted)
            - sum(factor for power, factor in self.right if power == wanted)
            for wanted in (1, 0)
        )
        return -constant // slope
