"""The period of the last digits of powers."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PowerCycle(Problem[int]):
    """Find the period in which the last digits of the powers of a number repeat."""

    answer = Integer()
    ladder = Ladder(digits=linear(2), places=linear(2, 0.5))
    number: int
    places: int

    @classmethod
    def generate(cls, rng: Random, digits: int, places: int) -> Self:
        """A factor of the modulus is either all in the number or not at all, so that its first power repeats, too."""
        places = rng.randint((places + 1) // 2, places)
        coprime = 10 * rng.randrange(10 ** (digits - 1)) + rng.choice((1, 3, 7, 9))
        return cls(coprime * rng.choice((1, 1, 2**places, 5**places)), places)

    def prompt(self) -> str:
        digits = f"{self.places} digits" if self.places > 1 else "digit"
        return (
            f"What is the smallest L >= 1 for which {self.number}^a and {self.number}^(a + L) have the same "
            f"last {digits}, zeros in front included, for every a >= 1?"
        )

    def solution(self) -> int:
        modulus = 1
        for prime in (2, 5):
            modulus *= prime**self.places if self.number % prime else 1
        order = 4 * 10**self.places  # a multiple of the order, whatever the modulus
        for prime in (2, 5):
            while order % prime == 0 and pow(self.number, order // prime, modulus) == 1 % modulus:
                order //= prime
        return order
