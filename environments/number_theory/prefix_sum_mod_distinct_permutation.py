from dataclasses import dataclass
from itertools import accumulate
from math import gcd
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.number_theory._prefix_permutations import different, hide, keeps, question
from environments.problem import Problem


@dataclass(frozen=True)
class PrefixSumMODDistinctPermutation(Problem[list[int]]):
    """Complete a permutation whose prefix sums are all different modulo its length."""

    answer = Integers()
    ladder = Ladder(half=linear(3), hidden=linear(3))
    values: list[int]  # 0 is hidden
    permutation: list[int]

    @classmethod
    def generate(cls, rng: Random, half: int, hidden: int) -> Self:
        size = 2 * rng.randint(max(2, half - 3), half)
        factor = rng.choice([u for u in range(1, size) if gcd(u, size) == 1])
        # The sums run 0, 1, -1, 2, -2, …; a factor coprime to the size keeps them different.
        steps = [i if i % 2 else size - i for i in range(1, size)]
        permutation = [size, *(step * factor % size for step in steps)]
        return cls(hide(rng, permutation, hidden), permutation)

    def prompt(self) -> str:
        return question(self.values, "sums")

    def solution(self) -> list[int]:
        return self.permutation

    def verify(self, answer: list[int]) -> float | None:
        return different(accumulate(answer), len(answer)) if keeps(answer, self.values) else None
