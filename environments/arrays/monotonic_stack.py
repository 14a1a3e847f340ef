"""How far each number sees to the right."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MonotonicStack(Problem[int]):
    """Sum up how many smaller numbers follow each number directly."""

    answer = Integer()
    ladder = Ladder(length=linear(6))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls([rng.randint(1, 2 * length) for _ in range(length)])

    def prompt(self) -> str:
        return (
            "For each number count the numbers that follow it before the first one that is equal or larger, or before "
            f"the end. Give the sum of the counts: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> int:
        total = 0
        open_values: list[int] = []  # those that the next number may still be behind; they decrease
        for value in self.values:
            while open_values and open_values[-1] <= value:
                open_values.pop()
            total += len(open_values)
            open_values.append(value)
        return total
