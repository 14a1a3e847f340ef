from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RangeConstrained_IncreasingSequence_Counting(Problem[int]):
    """Count the sequences whose entries are 0 or within a range, with the positive ones increasing."""

    answer = Integer()
    ladder = Ladder(length=linear(2, most=40))
    ranges: list[list[int]]
    count: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        largest = min(length * length + 3, 400)
        ranges = [sorted((rng.randint(1, largest), rng.randint(1, largest))) for _ in range(length)]
        ending = [0] * (largest + 1)  # sequences by their last positive entry
        for low, high in ranges:
            before = [0, *accumulate(ending)]  # at place v: those that end below v, less the one of zeros alone
            for value in range(low, high + 1):
                ending[value] += before[value] + 1
        return cls(ranges, sum(ending) % 1_000_000_007)

    def prompt(self) -> str:
        ranges = "; ".join(f"{low} to {high}" for low, high in self.ranges)
        return (
            f"A sequence has {len(self.ranges)} entries. Each is 0 or an integer from its range, in order: {ranges}. "
            "Not all are 0, and the entries that are not 0 increase strictly from left to right. "
            "How many such sequences are there? Give the number modulo 1000000007."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < 1_000_000_007 else None
