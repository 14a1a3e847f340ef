"""Permutations with given increasing subsequences."""

from bisect import bisect_left
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaxSumLDS(Problem[list[int]]):
    """Find the permutation with given increasing subsequences and the longest decreasing ones."""

    answer = Integers()
    ladder = Ladder(length=linear(5))
    lengths: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        """`length` numbers, one fewer or one more."""
        length += rng.randint(-1, 1)
        return cls(_ending(rng.sample(range(1, length + 1), length)))

    def prompt(self) -> str:
        return (
            f"Consider the permutations of 1 to {len(self.lengths)} whose longest strictly increasing subsequences "
            f"that end at each place have the lengths {' '.join(map(str, self.lengths))}, in this order. Give one of "
            "them for which the lengths of the longest strictly decreasing subsequences that start at each place have "
            "the largest sum."
        )

    def solution(self) -> list[int]:
        # The parent of a place is the last one before it whose length is one less. Numbers in preorder, the children
        # from right to left, put every number as low as the lengths allow.
        children: list[list[int]] = [[] for _ in range(len(self.lengths) + 1)]
        latest = {0: 0}
        for place, length in enumerate(self.lengths, 1):
            children[latest[length - 1]].append(place)
            latest[length] = place
        values = [0] * len(self.lengths)
        waiting, number = list(children[0]), 0
        while waiting:
            place = waiting.pop()
            number += 1
            values[place - 1] = number
            waiting += children[place]
        return values

    def verify(self, answer: list[int]) -> float | None:
        if sorted(answer) != list(range(1, len(self.lengths) + 1)) or _ending(answer) != self.lengths:
            return None
        # A decreasing subsequence from here on is an increasing one from the other end up to here.
        found, best = (sum(_ending(values[::-1])) for values in (answer, self.solution()))
        return scores.at_least(found, best)


def _ending(values: list[int]) -> list[int]:
    """The lengths of the longest increasing subsequences that end at each place."""
    ends: list[int] = []
    lengths: list[int] = []
    for value in values:
        place = bisect_left(ends, value)
        ends[place : place + 1] = [value]
        lengths.append(place + 1)
    return lengths
