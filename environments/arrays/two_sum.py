"""A pair with a given sum."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class TwoSum(Problem[list[int]]):
    """Find two numbers of a list that have a given sum."""

    answer = Integers()
    ladder = Ladder(length=linear(4))
    values: list[int]
    total: int
    pair: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = rng.sample(range(2 * length), length)
        pair = [values[place] for place in sorted(rng.sample(range(length), 2))]
        return cls(values=values, total=sum(pair), pair=pair)

    def prompt(self) -> str:
        return f"Which two of these numbers have the sum {self.total}: {' '.join(map(str, self.values))}"

    def solution(self) -> list[int]:
        return self.pair

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2 or answer[0] == answer[1] or not all(value in self.values for value in answer):
            return None
        return scores.exact(sum(answer) == self.total)
