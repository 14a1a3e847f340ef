"""Cutting a string of digits."""

from dataclasses import dataclass
from math import prod
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaxMultSplit(Problem[list[int]]):
    """Cut a string of digits into numbers with the largest product."""

    answer = Integers()
    ladder = Ladder(length=linear(5))
    digits: str
    best: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        digits = "".join(rng.choices("123456789", k=length))
        return cls(digits, _best(digits, rng.randint(2, max(2, length // 2))))

    def prompt(self) -> str:
        return (
            f"Cut the digits {self.digits} into {len(self.best)} numbers, keeping their order, so that the product of "
            "the numbers is as large as possible. Give the numbers."
        )

    def solution(self) -> list[int]:
        return self.best

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.best) or "".join(map(str, answer)) != self.digits:
            return None
        return scores.at_least(prod(answer), prod(self.best), power=3)


def _best(digits: str, pieces: int) -> list[int]:
    """The largest product and its numbers for each length of the first piece, first two pieces and so on."""
    size = len(digits)
    best = {end: (int(digits[:end]), [int(digits[:end])]) for end in range(1, size - pieces + 2)}
    for piece in range(2, pieces + 1):
        longer: dict[int, tuple[int, list[int]]] = {}
        for end in range(piece, size - pieces + piece + 1):
            product, start = max((best[start][0] * int(digits[start:end]), start) for start in best if start < end)
            longer[end] = product, [*best[start][1], int(digits[start:end])]
        best = longer
    return best[size][1]
