from dataclasses import dataclass
from math import comb
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PairMoreOneCounting(Problem[int]):
    """Count the pairs of binary strings of which the first has more ones."""

    answer = Integer()
    ladder = Ladder(shorter=geometric(8, 1.6, most=2_000), difference=linear(4, most=16))
    longer: int
    shorter: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, shorter: int, difference: int) -> Self:
        shorter, difference = rng.randint(1, shorter), rng.randint(0, difference)
        length = 2 * shorter + difference
        # Swapping zeros and ones pairs the cases up, all but those in which the first has 1 to `difference` - 1 more.
        if difference:
            doubled = 2**length + sum(comb(length, shorter + i) for i in range(1, difference))
        else:
            doubled = 2**length - comb(length, shorter)
        modulus = 10 ** rng.randint(3, 5)
        return cls(shorter + difference, shorter, modulus, doubled // 2 % modulus)

    def prompt(self) -> str:
        return (
            f"How many pairs of binary strings, the first of length {self.longer} and the second of length "
            f"{self.shorter}, have more ones in the first than in the second? Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None
