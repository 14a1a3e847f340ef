"""Blocks of a repeated list with a small sum."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BoundedSubarrayCounting(Problem[int]):
    """Count the blocks of a repeated list whose sum stays within a bound."""

    answer = Integer()
    ladder = Ladder(length=linear(3), repeats=linear(2, 0.5))
    values: list[int]
    repeats: int
    bound: int

    @classmethod
    def generate(cls, rng: Random, length: int, repeats: int) -> Self:
        values = [rng.randint(1, 2 * length) for _ in range(length)]
        low, high = max(values), repeats * sum(values)
        # Every size of bound is as likely as every other, so that the count varies much.
        bound = rng.randint(low, rng.randint(low, high))
        return cls(values=values, repeats=repeats, bound=bound)

    def prompt(self) -> str:
        return (
            f"Write the list {self.repeats} times in a row. How many blocks of neighbouring numbers in it, single "
            f"numbers too, have a sum of at most {self.bound}? Blocks at different places count separately. "
            f"List: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> int:
        values = self.values * self.repeats
        count = total = first = 0
        for last, value in enumerate(values):
            total += value
            while total > self.bound:
                total -= values[first]
                first += 1
            count += last - first + 1
        return count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
