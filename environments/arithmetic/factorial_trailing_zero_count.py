"""Trailing zeros of a factorial."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class FactorialTrailingZeroCount(Problem[int]):
    """Count the zeros at the end of a factorial in some base."""

    answer = Integer()
    ladder = Ladder(largest=geometric(20, 1.5), factors=linear(2, 0.25, most=6))
    number: int
    base: int

    @classmethod
    def generate(cls, rng: Random, largest: int, factors: int) -> Self:
        """The base is a product of up to `factors` small primes, since of another one there are no powers."""
        base = 1
        for _ in range(rng.randint(1, factors)):
            base *= rng.choice((2, 2, 3, 3, 5, 7))
        return cls(rng.randint(largest // 2, largest), base)

    def prompt(self) -> str:
        return (
            f"With how many zeros does {self.number}! (the product of 1 to {self.number}) end, "
            f"written in base {self.base}?"
        )

    def solution(self) -> int:
        counts: list[int] = []
        for prime in (2, 3, 5, 7):
            times, rest, power = 0, self.base, self.number
            while rest % prime == 0:
                times, rest = times + 1, rest // prime
            if times:
                total = 0
                while power:
                    power //= prime
                    total += power
                counts.append(total // times)
        return min(counts)
