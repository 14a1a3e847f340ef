from dataclasses import dataclass
from itertools import accumulate
from math import gcd
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
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
        places = rng.sample(range(size), min(hidden, size))
        values = [0 if place in places else value for place, value in enumerate(permutation)]
        return cls(values, permutation)

    def prompt(self) -> str:
        size = len(self.values)
        shown = " ".join(str(value or "?") for value in self.values)
        return (
            f"Replace each ? so that this is an order of the numbers 1 to {size} and the sums of its first 1, 2, ..., "
            f"{size} numbers leave {size} different remainders when divided by {size}. Give all numbers: {shown}"
        )

    def solution(self) -> list[int]:
        return self.permutation

    def verify(self, answer: list[int]) -> float | None:
        size = len(self.values)
        if len(answer) != size or sorted(answer) != [*range(1, size + 1)]:
            return None
        if any(given not in (0, value) for given, value in zip(self.values, answer, strict=True)):
            return None
        return scores.share(len({total % size for total in accumulate(answer)}), size)
