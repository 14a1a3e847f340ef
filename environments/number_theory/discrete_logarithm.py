from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class DiscreteLogarithm(Problem[int]):
    """Find the smallest exponent that leaves a given remainder."""

    answer = Integer()
    ladder = Ladder(largest=geometric(20, 1.4, most=20_000))
    base: int
    modulus: int
    remainder: int
    exponent: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        modulus = rng.randint(max(8, largest // 2), largest)
        # Most bases return early; 2 has at least the powers 1, 2, 4 and 8.
        bases = [2, *(rng.randrange(2, modulus) for _ in range(3))]
        powers = max((_different_powers(base, modulus) for base in reversed(bases)), key=len)
        exponent = rng.randrange(3, len(powers))
        return cls(powers[1], modulus, powers[exponent], exponent)

    def prompt(self) -> str:
        return (
            f"What is the smallest integer y of at least 0 for which {self.base}^y "
            f"leaves the remainder {self.remainder} when divided by {self.modulus}?"
        )

    def solution(self) -> int:
        return self.exponent


def _different_powers(base: int, modulus: int) -> list[int]:
    """The remainders of the powers from the exponent 0 on, until one comes again."""
    powers: dict[int, None] = {}
    power = 1
    while power not in powers:
        powers[power] = None
        power = power * base % modulus
    return list(powers)
