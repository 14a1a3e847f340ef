from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.number_theory._divisors import divisors, primes_up_to
from environments.problem import Problem


@dataclass(frozen=True)
class MinKDivisorNumber(Problem[int]):
    """Find the smallest integer that has a given number of divisors."""

    answer = Integer()
    # A count with a large prime p asks for a number above 2 ** (p - 1), so the primes of the count stay small.
    ladder = Ladder(largest=geometric(50, 4.5, most=30_000), largest_prime=linear(7, 3, most=17))
    divisors: int
    smallest: int

    @classmethod
    def generate(cls, rng: Random, largest: int, largest_prime: int) -> Self:
        count = rng.choice(_smooth_numbers(largest, largest_prime))
        return cls(count, _smallest(count))

    def prompt(self) -> str:
        return (
            f"What is the smallest positive integer with exactly {self.divisors} positive divisors, "
            "1 and itself included?"
        )

    def solution(self) -> int:
        return self.smallest


@cache
def _smooth_numbers(largest: int, largest_prime: int) -> list[int]:
    """The integers above 1 without a prime factor above `largest_prime`."""
    found = [1]
    for prime in primes_up_to(largest_prime):
        powers = [prime**exponent for exponent in range(largest.bit_length())]
        found = [number * power for number in found for power in powers if number * power <= largest]
    return sorted(found)[1:]


def _smallest(count: int) -> int:
    primes, factors = primes_up_to(50), divisors(count)[1:]

    @cache
    def best(count: int, place: int) -> int:
        """The product of powers of primes from a place on; an exponent e makes e + 1 times as many divisors."""
        if count == 1:
            return 1
        return min(primes[place] ** (f - 1) * best(count // f, place + 1) for f in factors if count % f == 0)

    return best(count, 0)
