"""The pair with the smallest exclusive or."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MinXorPair(Problem[list[int]]):
    """Find two numbers of a list whose exclusive or is smallest."""

    answer = Integers()
    ladder = Ladder(length=linear(3), bits=linear(4, most=40))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, bits: int) -> Self:
        return cls(rng.sample(range(1 << bits), length))

    def prompt(self) -> str:
        return f"Which two of these numbers have the smallest bitwise XOR: {' '.join(map(str, self.values))}"

    def solution(self) -> list[int]:
        ordered = sorted(self.values)  # numbers that share their highest bits are neighbours
        return list(min(pairwise(ordered), key=lambda pair: pair[0] ^ pair[1]))

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2 or answer[0] == answer[1] or not all(value in self.values for value in answer):
            return None
        a, b = self.solution()
        return scores.at_most(answer[0] ^ answer[1], a ^ b)
