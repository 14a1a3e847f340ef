"""A process of doubling and subtracting."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class SumPseudoEuclidean(Problem[int]):
    """Add up over all pairs how many steps of subtracting and doubling make the two numbers equal."""

    answer = Integer()
    ladder = Ladder(largest=geometric(40, 2.5, most=20_000))
    bound: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(2, largest))

    def prompt(self) -> str:
        return (
            "A step takes (a, b) to (a - b, 2b) if a > b and to (2a, b - a) if a < b. Let f(a, b) be the number of "
            "steps until the two are equal, or 0 if they never are. "
            f"What is the sum of f(a, b) over all a and b from 1 to {self.bound}?"
        )

    def solution(self) -> int:
        # The pair ends equal if its sum is 2^k times its common divisor g, after k - 1 steps. Its larger number is g
        # times an odd number, and for each odd number there is one partner, the rest to the next power of two.
        odd = range(3, self.bound + 1, 2)
        return 2 * sum((number.bit_length() - 1) * (self.bound // number) for number in odd)
