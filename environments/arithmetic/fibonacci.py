"""Linear recurrences of second order."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Fibonacci(Problem[int]):
    """Find a term of a recurrence of second order modulo 10000."""

    answer = Integer()
    ladder = Ladder(largest_index=geometric(5, 2), digits=linear(1, 0.75, most=4))
    first: int
    second: int
    p: int
    q: int
    index: int

    @classmethod
    def generate(cls, rng: Random, largest_index: int, digits: int) -> Self:
        first, second = rng.randrange(10**digits), rng.randrange(10**digits)
        p, q = rng.randrange(1, 10**digits), rng.randrange(1, 10**digits)
        return cls(first, second, p, q, rng.randint(largest_index // 2 + 1, largest_index))

    def prompt(self) -> str:
        return (
            f"Let a(1) = {self.first}, a(2) = {self.second} and, for n > 2, "
            f"a(n) = {self.p} * a(n-1) + {self.q} * a(n-2). "
            f"What is the remainder of a({self.index}) divided by 10000?"
        )

    def solution(self) -> int:
        # The index in binary: (x, y) stands for x * a(n+1) + y * a(n), and doubling a shift squares its matrix.
        a, b = self.first, self.second
        step = (0, 1, self.q, self.p)
        left = self.index - 1
        while left:
            w, x, y, z = step
            if left & 1:
                a, b = (w * a + x * b) % 10000, (y * a + z * b) % 10000
            step = (w * w + x * y) % 10000, x * (w + z) % 10000, y * (w + z) % 10000, (x * y + z * z) % 10000
            left >>= 1
        return a % 10000
