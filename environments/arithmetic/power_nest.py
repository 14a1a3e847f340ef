"""Powers of two with exponents of powers of two."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Letters
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class PowerNest(Problem[str]):
    """Write a number as a sum of powers of two whose exponents are such sums again."""

    answer = Letters("02()+", "symbols")
    ladder = Ladder(largest=geometric(100, 2))
    number: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(1, largest))

    def prompt(self) -> str:
        return (
            f"Write {self.number} as a sum of different powers of two, the largest first, joined by +. "
            "Write 1 as 2(0), 2 as 2 and every other power as 2(e), with its exponent e written by these rules too. "
            "For example 21 is 2(2(2))+2(2)+2(0)."
        )

    def solution(self) -> str:
        return _nest(self.number)


def _nest(number: int) -> str:
    exponents = [exponent for exponent in range(number.bit_length() - 1, -1, -1) if number >> exponent & 1]
    return "+".join("2" if e == 1 else f"2({_nest(e) if e else 0})" for e in exponents)
