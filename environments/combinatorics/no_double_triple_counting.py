from collections import Counter
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.combinatorics._moduli import PRIMES
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class NoDoubleTripleCounting(Problem[int]):
    """Count the subsets that hold no number together with its double or its triple."""

    answer = Integer()
    ladder = Ladder(largest=geometric(24, 2.2, most=2_000))
    largest: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        largest, modulus = rng.randint(3, largest), rng.choice(PRIMES)
        # The numbers fall apart into grids x * 2^a * 3^b, one for every x that neither 2 nor 3 divides.
        starts = Counter(largest // x for x in range(1, largest + 1) if x % 2 and x % 3)
        count = 1
        for limit, times in starts.items():
            count = count * pow(_subsets_of_grid(limit), times, modulus) % modulus
        return cls(largest, modulus, count)

    def prompt(self) -> str:
        return (
            f"How many subsets of the numbers 1 to {self.largest}, the empty one too, hold no number x together "
            f"with 2x or together with 3x? Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None


@cache
def _subsets_of_grid(limit: int) -> int:
    """Sets of numbers 2^a * 3^b up to the limit without neighbours in the grid, row after row."""
    ways = {0: 1}  # the chosen powers of 3 in the last row
    while limit:
        width = next(b for b in range(limit + 1) if 3**b > limit)
        rows = [row for row in range(1 << width) if not row & (row >> 1)]
        ways = {row: sum(count for above, count in ways.items() if not row & above) for row in rows}
        limit //= 2
    return sum(ways.values())
