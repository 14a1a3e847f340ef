from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.number_theory._divisors import divisors
from environments.problem import Problem


@dataclass(frozen=True)
class DivisorCount(Problem[int]):
    """Count the divisors of an integer."""

    answer = Integer()
    ladder = Ladder(largest=geometric(12, 2, most=10**8))
    number: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        number = rng.randint(1, 12) * rng.randint(2, largest)  # more divisors than a random integer
        return cls(number, len(divisors(number)))

    def prompt(self) -> str:
        return f"How many positive divisors does {self.number} have, 1 and {self.number} included?"

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer > 0 else None
