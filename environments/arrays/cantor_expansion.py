"""The rank of an arrangement."""

from collections import Counter
from dataclasses import dataclass
from math import factorial, prod
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CantorExpansion(Problem[int]):
    """Count the rearrangements of a list that come before it in dictionary order."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    values: list[int]
    modulus: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        problem = cls._draw(rng, length)
        for _ in range(20):
            if problem.solution():
                break
            problem = cls._draw(rng, length)  # sorted already, perhaps
        return problem

    @classmethod
    def _draw(cls, rng: Random, length: int) -> Self:
        kinds = rng.randint(2, length)
        return cls([rng.randint(1, kinds) for _ in range(length)], modulus=rng.randint(30, 10**5))

    def prompt(self) -> str:
        return (
            "How many different orders of these numbers come before the given one when sorted from small to "
            f"large, the first number counting most? Give it modulo {self.modulus}: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> int:
        left = Counter(self.values)
        orders = factorial(len(self.values)) // prod(map(factorial, left.values()))  # of the numbers left
        smaller = 0
        for count, value in zip(range(len(self.values), 0, -1), self.values, strict=True):
            smaller += sum(orders * left[other] // count for other in left if other < value)
            orders = orders * left[value] // count
            left[value] -= 1
        return smaller % self.modulus

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 0 <= answer < self.modulus else None
