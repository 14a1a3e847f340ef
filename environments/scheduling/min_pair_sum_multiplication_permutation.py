"""Assignments with the least product of two sums."""

from dataclasses import dataclass
from math import prod
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scheduling._assignment import cheapest


@dataclass(frozen=True)
class MinPairSumMultiplicationPermutation(Problem[list[int]]):
    """Choose a permutation for which two sums of matrix entries have the least product."""

    answer = Integers()
    ladder = Ladder(size=linear(3, 0.4, most=7), largest=linear(6, 3))
    a: list[list[int]]
    b: list[list[int]]
    best: list[int]

    @classmethod
    def generate(cls, rng: Random, size: int, largest: int) -> Self:
        a, b = ([[rng.randint(1, largest) for _ in range(size)] for _ in range(size)] for _ in range(2))
        return cls(a, b, best=_best(a, b))

    def prompt(self) -> str:
        a, b = ("\n".join(" ".join(map(str, row)) for row in matrix) for matrix in (self.a, self.b))
        return (
            "Choose a column for each row, all different. Sum up the entries of A at these places and those of B; the "
            "product of the two sums must be as small as possible. Give the columns in the order of the rows, counted "
            f"from 0.\nA:\n{a}\nB:\n{b}"
        )

    def solution(self) -> list[int]:
        return self.best

    def verify(self, answer: list[int]) -> float | None:
        if sorted(answer) != list(range(len(self.a))):
            return None
        return scores.at_most(prod(_sums(self.a, self.b, answer)), prod(_sums(self.a, self.b, self.best)))


def _sums(a: list[list[int]], b: list[list[int]], columns: list[int]) -> tuple[int, int]:
    first, second = (sum(row[column] for row, column in zip(matrix, columns, strict=True)) for matrix in (a, b))
    return first, second


def _best(a: list[list[int]], b: list[list[int]]) -> list[int]:
    """The product is least at a corner of the lower left hull of all pairs of sums, and weights find the corners."""

    def corner(weight_a: int, weight_b: int) -> list[int]:
        return cheapest(
            [
                [weight_a * x + weight_b * y for x, y in zip(row_a, row_b, strict=True)]
                for row_a, row_b in zip(a, b, strict=True)
            ]
        )

    # A tiny weight on the other matrix makes the ends corners, too.
    large = 2 * sum(map(sum, a)) + 2 * sum(map(sum, b))
    found = [corner(large, 1), corner(1, large)]
    waiting = [(found[0], found[1])]
    while waiting:
        first, last = waiting.pop()
        (x1, y1), (x2, y2) = _sums(a, b, first), _sums(a, b, last)
        middle = corner(y1 - y2, x2 - x1)
        x, y = _sums(a, b, middle)
        if (y1 - y2) * x + (x2 - x1) * y < (y1 - y2) * x1 + (x2 - x1) * y1:
            found.append(middle)
            waiting += [(first, middle), (middle, last)]
    return min(found, key=lambda columns: prod(_sums(a, b, columns)))
