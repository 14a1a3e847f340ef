from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class HalvingChainCounting(Problem[int]):
    """Count the sequences in which every element is at most half of the one before."""

    answer = Integer()
    ladder = Ladder(largest=geometric(44, 2.6, most=20_000))
    first: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        first = rng.randint(max(4, largest // 8), largest)
        ways = [0, 1]
        for number in range(2, first + 1):
            ways.append(ways[-1] + (ways[number // 2] if number % 2 == 0 else 0))
        return cls(first, ways[first])

    def prompt(self) -> str:
        return (
            f"How many sequences of positive integers begin with {self.first} and have each further element at most "
            f"half of the one before it? The sequence of {self.first} alone counts too."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer > 0 else None
