"""The block with the largest sum."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaxSubarraySum(Problem[int]):
    """Find the largest sum of a block of neighbouring numbers."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls([rng.randint(-2 * length, 2 * length) for _ in range(length)])

    def prompt(self) -> str:
        return (
            "What is the largest sum of a block of neighbouring numbers (at least one number): "
            f"{' '.join(map(str, self.values))}"
        )

    def solution(self) -> int:
        ends_here = best = self.values[0]
        for value in self.values[1:]:
            ends_here = max(ends_here, 0) + value
            best = max(best, ends_here)
        return best
