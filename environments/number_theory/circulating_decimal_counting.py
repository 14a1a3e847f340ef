from dataclasses import dataclass
from math import gcd
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.number_theory._divisors import moebius
from environments.problem import Problem


@dataclass(frozen=True)
class CirculatingDecimalCounting(Problem[int]):
    """Count the different fractions that have a purely periodic expansion in a base."""

    answer = Integer()
    ladder = Ladder(largest=geometric(5, 1.25, add=3, most=5_000), base=linear(3, most=60))
    base: int
    numerators: int
    denominators: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int, base: int) -> Self:
        base, numerators, denominators = rng.randint(2, base), rng.randint(2, largest), rng.randint(2, largest)
        # Reduced fractions whose denominator is coprime to the base, by inclusion and exclusion over common divisors.
        coprime = [0]
        for number in range(1, denominators + 1):
            coprime.append(coprime[-1] + (gcd(number, base) == 1))
        count = sum(
            sign * (numerators // d) * coprime[denominators // d]
            for d, sign in enumerate(moebius(min(numerators, denominators)))
            if d and gcd(d, base) == 1
        )
        return cls(base, numerators, denominators, count)

    def prompt(self) -> str:
        return (
            f"Write every fraction x/y with x from 1 to {self.numerators} and y from 1 to {self.denominators} "
            f"in base {self.base}. How many different values have digits after the point that are one block repeated "
            "for ever, right from the point on? Integers count: their block is 0. Other finite expansions do not count."
        )

    def solution(self) -> int:
        return self.count
