from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class InversionPairK_Counting(Problem[int]):
    """Count the permutations with a given number of inversions."""

    answer = Integer()
    ladder = Ladder(largest=linear(5, most=36), digits=linear(2, 0.5, most=17))
    size: int
    inversions: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int, digits: int) -> Self:
        size = rng.randint(max(3, largest - 3), largest)
        most = size * (size - 1) // 2
        inversions = rng.randint(most // 4, most - most // 4)
        modulus = rng.randrange(10 ** (digits - 1), 10**digits)
        ways = [1]
        for length in range(2, size + 1):  # the largest number is in up to length - 1 inversions
            sums = [0, *accumulate(ways + [0] * (length - 1))]
            ways = [sums[k + 1] - sums[max(0, k + 1 - length)] for k in range(len(sums) - 1)]
        return cls(size, inversions, modulus, ways[inversions] % modulus)

    def prompt(self) -> str:
        return (
            f"How many permutations of the numbers 1 to {self.size} have exactly {self.inversions} inversions, "
            "pairs of numbers of which the larger one stands further left? "
            f"Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None
