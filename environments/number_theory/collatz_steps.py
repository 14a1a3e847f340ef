from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class CollatzSteps(Problem[int]):
    """Count the steps of the Collatz sequence down to 1."""

    answer = Integer()
    ladder = Ladder(largest=geometric(50, 2.2))
    start: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(2, largest))

    def prompt(self) -> str:
        return (
            "A step replaces n by n / 2 if n is even and by 3n + 1 if n is odd. "
            f"How many steps lead from {self.start} to the first 1?"
        )

    def solution(self) -> int:
        number, steps = self.start, 0
        while number > 1:
            number, steps = 3 * number + 1 if number % 2 else number // 2, steps + 1
        return steps
