"""Swapping digits until they alternate."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BinaryAlternation(Problem[list[list[int]]]):
    """Swap digits as seldom as possible until no two neighbours are equal."""

    answer = Rows("pairs")
    ladder = Ladder(length=linear(7))
    digits: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        ones = (length + rng.randrange(2)) // 2
        digits = ["1"] * ones + ["0"] * (length - ones)
        rng.shuffle(digits)
        if all(a != b for a, b in pairwise(digits)):
            digits[0], digits[1] = digits[1], digits[0]  # there would be nothing to do
        return cls("".join(digits))

    def prompt(self) -> str:
        return (
            "A swap exchanges the digits at two positions. Make no two neighbours equal with as few swaps as possible. "
            f"Give each swap as a pair of positions, counted from 0: {' '.join(self.digits)}"
        )

    def solution(self) -> list[list[int]]:
        length, ones = len(self.digits), self.digits.count("1")
        plans: list[list[list[int]]] = []
        for start in (0, 1):
            target = ["01"[(place + start) % 2] for place in range(length)]
            if target.count("1") == ones:
                wrong = [place for place in range(length) if self.digits[place] != target[place]]
                zeros = [place for place in wrong if self.digits[place] == "0"]
                plans.append([[a, b] for a, b in zip(zeros, [p for p in wrong if p not in zeros], strict=True)])
        return min(plans, key=len)

    def verify(self, answer: list[list[int]]) -> float | None:
        digits = list(self.digits)
        for pair in answer:
            if len(pair) != 2 or not all(0 <= place < len(digits) for place in pair):
                return None
            a, b = pair
            digits[a], digits[b] = digits[b], digits[a]
        if any(a == b for a, b in pairwise(digits)):
            return None
        return scores.at_most(len(answer), len(self.solution()))
