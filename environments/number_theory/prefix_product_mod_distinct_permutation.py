from dataclasses import dataclass
from itertools import accumulate
from math import gcd
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.number_theory._divisors import primes_up_to
from environments.number_theory._prefix_permutations import different, hide, keeps, question
from environments.problem import Problem


@dataclass(frozen=True)
class PrefixProductMODDistinctPermutation(Problem[list[int]]):
    """Complete a permutation whose prefix products are all different modulo its length."""

    answer = Integers()
    ladder = Ladder(sizes=linear(3, most=60), hidden=linear(3))
    values: list[int]  # 0 is hidden
    permutation: list[int]

    @classmethod
    def generate(cls, rng: Random, sizes: int, hidden: int) -> Self:
        size = rng.choice([4, *primes_up_to(300)[2:]][max(0, sizes - 4) : sizes])
        permutation = [1, 3, 2, 4]
        if size > 4:
            # The prefix products are the powers 1, 2^u, 3^u, ..., which are all different, and 0 at last.
            power = rng.choice([u for u in range(1, size) if gcd(u, size - 1) == 1])
            ratios = [i * pow(i - 1, -1, size) for i in range(2, size)]
            permutation = [1, *(pow(ratio, power, size) for ratio in ratios), size]
        return cls(hide(rng, permutation, hidden), permutation)

    def prompt(self) -> str:
        return question(self.values, "products")

    def solution(self) -> list[int]:
        return self.permutation

    def verify(self, answer: list[int]) -> float | None:
        size = len(answer)
        if not keeps(answer, self.values):
            return None
        return different(accumulate(answer, lambda product, value: product * value % size), size)
