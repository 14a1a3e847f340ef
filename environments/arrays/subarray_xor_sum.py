"""Exclusive or of all blocks."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SubarrayXorSum(Problem[int]):
    """Add up the exclusive or of every block of a list."""

    answer = Integer()
    ladder = Ladder(length=linear(3))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls([rng.randint(0, 2 * length) for _ in range(length)])

    def prompt(self) -> str:
        return (
            "Take the bitwise XOR of every block of neighbouring numbers, single numbers too, and add them all up: "
            f"{' '.join(map(str, self.values))}"
        )

    def solution(self) -> int:
        prefixes = [*accumulate(self.values, int.__xor__, initial=0)]  # two prefixes differ by the block between them
        total = 0
        for bit in range(max(self.values).bit_length()):
            ones = sum(prefix >> bit & 1 for prefix in prefixes)
            total += ones * (len(prefixes) - ones) << bit
        return total
