from dataclasses import dataclass
from math import prod
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.number_theory._divisors import divisors, primes_up_to
from environments.problem import Problem


@dataclass(frozen=True)
class IntegerFactorizationCounting(Problem[int]):
    """Count the sets of different integers above 1 with a given product."""

    answer = Integer()
    ladder = Ladder(factors=linear(4, 0.5, most=8), primes=linear(4, 1.5, most=30))
    number: int
    count: int

    @classmethod
    def generate(cls, rng: Random, factors: int, primes: int) -> Self:
        number = prod(rng.choices(primes_up_to(200)[:primes], k=rng.randint(factors - 1, factors)))
        sets = {1: 1}  # product → sets of the divisors so far
        for divisor in divisors(number)[1:-1]:
            for product, count in list(sets.items()):
                if number % (product * divisor) == 0:
                    sets[product * divisor] = sets.get(product * divisor, 0) + count
        return cls(number, sets.get(number, 0))

    def prompt(self) -> str:
        return (
            f"In how many ways is {self.number} a product of two or more different integers above 1? "
            "The order of the factors does not matter."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer >= 0 else None
