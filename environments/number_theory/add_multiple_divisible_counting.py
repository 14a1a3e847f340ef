from dataclasses import dataclass
from math import gcd, isqrt
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class AddMultiple_Divisible_Counting(Problem[int]):
    """Count the pairs of integers whose sum divides their product."""

    answer = Integer()
    ladder = Ladder(largest=geometric(60, 2.2, most=100_000))
    largest: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        largest = rng.randint(largest // 6, largest)
        # With a = gx, b = gy and x, y coprime, x + y has to divide g.
        count = 0
        for y in range(2, isqrt(largest) + 1):
            for x in range(1, min(y, largest // y - y + 1)):
                if gcd(x, y) == 1:
                    count += largest // (y * (x + y))
        return cls(largest, count)

    def prompt(self) -> str:
        return f"How many pairs of integers a, b with 1 <= a < b <= {self.largest} have a sum that divides a * b?"

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer > 0 else None
