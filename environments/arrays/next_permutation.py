"""The next arrangement."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class NextPermutation(Problem[list[int]]):
    """Give the next order of a list in dictionary order."""

    answer = Integers()
    ladder = Ladder(length=linear(4))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = rng.sample(range(2 * length), length)
        start = rng.randrange(length)
        values[start:] = sorted(values[start:], reverse=True)  # a tail that has run out, as long as any other
        if values == sorted(values, reverse=True):
            values[0], values[1] = values[1], values[0]
        return cls(values)

    def prompt(self) -> str:
        return (
            "All orders of these numbers are sorted from small to large, the first number counting most. Which one "
            f"comes next after {' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        values = list(self.values)
        place = max(place for place in range(len(values) - 1) if values[place] < values[place + 1])
        other = max(other for other in range(place + 1, len(values)) if values[other] > values[place])
        values[place], values[other] = values[other], values[place]
        return values[: place + 1] + values[:place:-1]
