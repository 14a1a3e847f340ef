from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class GCDFibonacciProduct(Problem[int]):
    """Multiply the Fibonacci numbers at the greatest common divisors of all pairs up to two limits."""

    answer = Integer()
    ladder = Ladder(largest=geometric(8, 1.2, add=4, most=10_000))
    rows: int
    columns: int
    modulus: int
    product: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        rows, columns = rng.randint(3, largest), rng.randint(3, largest)
        modulus = rng.choice((666_623_333, 998_244_353, 1_000_000_007))
        # From large to small: the pairs with the greatest common divisor d are those that d divides less its multiples.
        pairs = [0, *((rows // d) * (columns // d) for d in range(1, min(rows, columns) + 1))]
        for d in range(len(pairs) - 1, 0, -1):
            pairs[d] -= sum(pairs[2 * d :: d])
        product, fibonacci, following = 1, 1, 1
        for count in pairs[1:]:
            product = product * pow(fibonacci, count, modulus) % modulus
            fibonacci, following = following, (fibonacci + following) % modulus
        return cls(rows, columns, modulus, product)

    def prompt(self) -> str:
        return (
            "f(1) = f(2) = 1 and f(n) = f(n-1) + f(n-2). What is the product of f(gcd(i, j)) over all pairs "
            f"with i from 1 to {self.rows} and j from 1 to {self.columns}, modulo {self.modulus}?"
        )

    def solution(self) -> int:
        return self.product

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.product) if 0 <= answer < self.modulus else None
