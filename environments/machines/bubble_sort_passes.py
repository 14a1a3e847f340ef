"""A sorting algorithm that is stopped early."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BubbleSortPasses(Problem[list[int]]):
    """Tell the order of numbers after some passes of bubble sort."""

    answer = Integers()
    ladder = Ladder(length=linear(3), passes=linear(1, 0.25), limit=linear(10, 5))
    values: list[int]
    passes: int

    @classmethod
    def generate(cls, rng: Random, length: int, passes: int, limit: int) -> Self:
        values = [rng.randrange(limit) for _ in range(length)]
        if values == sorted(values):
            values.reverse()
        return cls(values=values, passes=rng.randint(1, passes))

    def prompt(self) -> str:
        often = "once" if self.passes == 1 else f"{self.passes} times"
        return (
            f"Do this {often}: go from left to right through all pairs of neighbours, and exchange two if the left one "
            f"is larger. What is the list then: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        values = list(self.values)
        for _ in range(self.passes):
            for place in range(len(values) - 1):
                if values[place] > values[place + 1]:
                    values[place], values[place + 1] = values[place + 1], values[place]
        return values

    def verify(self, answer: list[int]) -> float | None:
        if sorted(answer) != sorted(self.values):
            return None
        return scores.positions(answer, self.solution(), power=2)
