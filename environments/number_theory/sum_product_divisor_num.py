from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import divisor_sums, moebius
from environments.problem import Problem


@dataclass(frozen=True)
class SumProductDivisorNum(Problem[int]):
    """Add up the numbers of divisors of the products of all pairs up to two limits."""

    answer = Integer()
    ladder = Ladder(largest=geometric(7, 1.3, add=4, most=20_000))
    rows: int
    columns: int
    total: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        rows, columns = rng.randint(2, largest), rng.randint(2, largest)
        # x * y has as many divisors as there are coprime pairs of a divisor of x and a divisor of y.
        sums, signs = divisor_sums(max(rows, columns)), moebius(min(rows, columns))
        total = sum(sign * sums[rows // d] * sums[columns // d] for d, sign in enumerate(signs) if d and sign)
        return cls(rows, columns, total)

    def prompt(self) -> str:
        return (
            "Let d(n) be how many positive divisors n has. What is the sum of d(x * y) over all pairs "
            f"with x from 1 to {self.rows} and y from 1 to {self.columns}?"
        )

    def solution(self) -> int:
        return self.total
