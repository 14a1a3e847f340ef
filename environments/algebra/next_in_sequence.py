"""Sequences with constant differences."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class NextInSequence(Problem[int]):
    """Continue a sequence whose repeated differences are constant."""

    answer = Integer()
    ladder = Ladder(order=linear(1, 0.34), largest=linear(5, 2))
    order: int
    terms: list[int]

    @classmethod
    def generate(cls, rng: Random, order: int, largest: int) -> Self:
        differences = [rng.randint(-largest, largest) for _ in range(order)] + [rng.randint(1, largest)]
        terms: list[int] = []
        for _ in range(order + 3):
            terms.append(differences[0])
            differences = [a + b for a, b in zip(differences, [*differences[1:], 0], strict=True)]
        return cls(order, terms)

    def prompt(self) -> str:
        times = {1: "once", 2: "twice"}.get(self.order, f"{self.order} times")
        return (
            f"Taking the differences of neighbours {times} makes all numbers of this sequence equal. "
            f"Which number comes next? {' '.join(map(str, self.terms))}"
        )

    def solution(self) -> int:
        rows = [self.terms]
        for _ in range(self.order):
            rows.append([b - a for a, b in zip(rows[-1], rows[-1][1:], strict=False)])
        return sum(row[-1] for row in rows)
