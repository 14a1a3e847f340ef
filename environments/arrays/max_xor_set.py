"""Choosing numbers with the largest exclusive or."""

from dataclasses import dataclass
from functools import reduce
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaxXorSet(Problem[list[int]]):
    """Choose numbers of a list whose exclusive or is largest."""

    answer = Integers()
    ladder = Ladder(length=linear(3), bits=linear(3, most=60))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, bits: int) -> Self:
        return cls(rng.sample(range(1, 1 << bits), length))

    def prompt(self) -> str:
        return (
            "Choose numbers, each at most once, whose bitwise XOR is as large as possible: "
            f"{' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        basis: dict[int, tuple[int, int]] = {}  # by highest bit: a value, and the set of places whose XOR it is
        for place, given in enumerate(self.values):
            value, places = given, 1 << place
            while value and (bit := value.bit_length()) in basis:
                value, places = value ^ basis[bit][0], places ^ basis[bit][1]
            if value:
                basis[value.bit_length()] = (value, places)
        best, chosen = 0, 0
        for bit in sorted(basis, reverse=True):
            if best ^ basis[bit][0] > best:
                best, chosen = best ^ basis[bit][0], chosen ^ basis[bit][1]
        return [value for place, value in enumerate(self.values) if chosen >> place & 1]

    def verify(self, answer: list[int]) -> float | None:
        if len(set(answer)) != len(answer) or not all(value in self.values for value in answer):
            return None
        found, best = reduce(int.__xor__, answer, 0), reduce(int.__xor__, self.solution())
        # The leading bits that are right: by its size alone the largest single number would come near.
        return scores.share(best.bit_length() - (found ^ best).bit_length(), best.bit_length(), power=5)
