from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SumGCD(Problem[int]):
    """Add up a power of the greatest common divisors of all pairs up to two limits."""

    answer = Integer()
    ladder = Ladder(largest=geometric(5, 1.25, add=4, most=5_000), power=linear(2, 0.5, most=5))
    rows: int
    columns: int
    power: int
    total: int

    @classmethod
    def generate(cls, rng: Random, largest: int, power: int) -> Self:
        rows, columns, power = rng.randint(2, largest), rng.randint(2, largest), rng.randint(1, power)
        # Jordan's totient: its values at the divisors of n add up to n ** power.
        jordan = [number**power for number in range(min(rows, columns) + 1)]
        for divisor in range(1, len(jordan)):
            for multiple in range(2 * divisor, len(jordan), divisor):
                jordan[multiple] -= jordan[divisor]
        total = sum(jordan[d] * (rows // d) * (columns // d) for d in range(1, len(jordan)))
        return cls(rows, columns, power, total)

    def prompt(self) -> str:
        return (
            f"What is the sum of gcd(x, y)^{self.power} over all pairs with x from 1 to {self.rows} "
            f"and y from 1 to {self.columns}?"
        )

    def solution(self) -> int:
        return self.total
