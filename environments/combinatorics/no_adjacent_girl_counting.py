from dataclasses import dataclass
from math import factorial, perm
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.combinatorics._moduli import PRIMES
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class NoAdjacentGirlCounting(Problem[int]):
    """Count the orders of boys, girls and two teachers with the girls apart and the teachers apart."""

    answer = Integer()
    ladder = Ladder(largest=geometric(4, 1.3, add=2, most=2_000))
    boys: int
    girls: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        boys, modulus = rng.randint(1, largest), rng.choice(PRIMES)
        girls = rng.randint(1, min(largest, boys + 2))
        # Girls stand in the gaps between the others, less the orders in which the teachers are one behind the other.
        apart = perm(boys + 3, girls) * factorial(boys + 2)
        together = 2 * perm(boys + 2, girls) * factorial(boys + 1)
        return cls(boys, girls, modulus, (apart - together) % modulus)

    def prompt(self) -> str:
        return (
            f"In how many orders can {self.boys} boys, {self.girls} girls and 2 teachers, all different people, "
            "stand in a line so that no two girls are neighbours and the teachers are not neighbours? "
            f"Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None
