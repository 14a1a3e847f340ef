from dataclasses import dataclass
from math import comb
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.combinatorics._moduli import PRIMES
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class DerangementExtension(Problem[int]):
    """Count the permutations with a given number of fixed points."""

    answer = Integer()
    ladder = Ladder(largest=geometric(7, 1.3, add=2, most=2_000))
    size: int
    fixed: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        size, modulus = rng.randint(3, largest), rng.choice(PRIMES)
        fixed = rng.randint(0, size - 2)
        before, derangements = 1, 0  # of none and of one
        for length in range(2, size - fixed + 1):
            before, derangements = derangements, (length - 1) * (before + derangements) % modulus
        return cls(size, fixed, modulus, comb(size, fixed) * derangements % modulus)

    def prompt(self) -> str:
        return (
            f"How many permutations p of the numbers 1 to {self.size} have p(i) = i for exactly {self.fixed} "
            f"of the numbers i? Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None
