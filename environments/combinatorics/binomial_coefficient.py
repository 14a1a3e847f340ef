from dataclasses import dataclass
from math import comb
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BinomialCoefficient(Problem[int]):
    """Count the ways to choose some of several things."""

    answer = Integer()
    ladder = Ladder(things=geometric(16, 2), chosen=linear(4, 1.5))
    things: int
    chosen: int

    @classmethod
    def generate(cls, rng: Random, things: int, chosen: int) -> Self:
        things = rng.randint(chosen + 1, things)
        return cls(things, rng.randint((chosen + 2) // 3, chosen))

    def prompt(self) -> str:
        return f"In how many ways can {self.chosen} of {self.things} different things be chosen? Order does not matter."

    def solution(self) -> int:
        return comb(self.things, self.chosen)
