"""A function that calls itself."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class RecursiveFunction(Problem[int]):
    """Evaluate a function of two integers that is defined by itself."""

    answer = Integer()
    ladder = Ladder(largest=geometric(8, 1.4, most=100))
    m: int
    n: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        m, n = rng.randint(largest // 2, largest), rng.randint(1, largest)
        return cls(m, n) if rng.randrange(2) else cls(n, m)

    def prompt(self) -> str:
        return (
            "Let f(0, n) = n + 1, f(m, 0) = f(m - 1, 1) for m > 0 and, for m, n > 0, "
            "f(m, n) = f(h, f(h, k)) + f(h, f(h, n - 1)) with h = m / 2 and k = n / 2, both rounded down. "
            f"What is f({self.m}, {self.n})?"
        )

    def solution(self) -> int:
        return _f(self.m, self.n)


def _f(m: int, n: int) -> int:
    if m == 0:
        return n + 1
    if n == 0:
        return _f(m - 1, 1)
    half = m // 2
    return _f(half, _f(half, n // 2)) + _f(half, _f(half, n - 1))
