from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class FixedModK_Selection_Counting(Problem[int]):
    """Count the selections whose size leaves a given remainder."""

    answer = Integer()
    ladder = Ladder(factor=geometric(3, 1.8), divisor=linear(3, most=40), digits=linear(2, 0.5, most=9))
    factor: int
    divisor: int
    remainder: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, factor: int, divisor: int, digits: int) -> Self:
        factor, divisor = rng.randint(1, factor), rng.randint(2, divisor)
        modulus = rng.randrange(10 ** (digits - 1), 10**digits)
        remainder = rng.randrange(divisor)
        return cls(factor, divisor, remainder, modulus, _sizes(factor * divisor, divisor, modulus)[remainder])

    def prompt(self) -> str:
        return (
            f"In how many ways can one take some of {self.factor * self.divisor} different things, all or none too, so "
            f"that the number of things taken leaves the remainder {self.remainder} when divided by {self.divisor}? "
            f"Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None


def _sizes(things: int, divisor: int, modulus: int) -> list[int]:
    """Selections by the remainder of their size: (1 + x) ** things modulo x ** divisor - 1."""
    ways = [1 % modulus, *[0] * (divisor - 1)]
    for bit in f"{things:b}":
        squared = [0] * divisor
        for i, left in enumerate(ways):
            for j, right in enumerate(ways):
                squared[(i + j) % divisor] += left * right
        ways = [value % modulus for value in squared]
        if bit == "1":
            ways = [(value + ways[i - 1]) % modulus for i, value in enumerate(ways)]
    return ways
