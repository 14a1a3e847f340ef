from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import totient
from environments.problem import Problem


@dataclass(frozen=True)
class SelfPowerSequenceMOD(Problem[int]):
    """Find the remainder at which a tower of powers of two settles."""

    answer = Integer()
    ladder = Ladder(largest=geometric(60, 2.2, most=10**9))
    modulus: int
    remainder: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        modulus = rng.randint(largest // 6, largest)
        modulus += modulus & (modulus - 1) == 0  # a power of two has the remainder 0
        return cls(modulus, _tower(modulus))

    def prompt(self) -> str:
        return (
            "Let a(0) = 1 and a(n) = 2^a(n-1) for n >= 1. From some n on, a(n) leaves always the same remainder "
            f"when divided by {self.modulus}. Which one?"
        )

    def solution(self) -> int:
        return self.remainder

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.remainder) if 0 <= answer < self.modulus else None


def _tower(modulus: int) -> int:
    """By Euler's theorem an exponent that is large counts modulo the totient, which is added to keep it large."""
    if modulus == 1:
        return 0
    period = totient(modulus)
    return pow(2, _tower(period) + period, modulus)
