"""Bringing two lists into the same order."""

from bisect import bisect_left, insort
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class InversionPair(Problem[int]):
    """Count the neighbour swaps that bring two lists as near to each other as possible."""

    answer = Integer()
    ladder = Ladder(length=linear(3))
    a: list[int]
    b: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        a, b = (rng.sample(range(2 * length), length) for _ in range(2))
        return cls(a, b)

    def prompt(self) -> str:
        return (
            "A move swaps two neighbours inside A or inside B. How few moves make the sum of (A[i] - B[i])^2 over all "
            f"positions i as small as possible?\nA: {' '.join(map(str, self.a))}\nB: {' '.join(map(str, self.b))}"
        )

    def solution(self) -> int:
        # The sum is smallest when equal ranks face each other; then moves are the inversions between the orders.
        rank = {value: place for place, value in enumerate(sorted(self.a))}
        place_in_b = {place: where for where, place in enumerate(_ranks(self.b))}
        order = [place_in_b[rank[value]] for value in self.a]
        seen: list[int] = []
        moves = 0
        for place in order:
            moves += len(seen) - bisect_left(seen, place)
            insort(seen, place)
        return moves


def _ranks(values: list[int]) -> list[int]:
    rank = {value: place for place, value in enumerate(sorted(values))}
    return [rank[value] for value in values]
