"""As many linear equations as unknowns."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._linear_systems import NAMES, equations, regular
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LinearSystem(Problem[list[int]]):
    """Solve a system of linear equations that has one solution."""

    answer = Integers()
    ladder = Ladder(unknowns=linear(2, 0.5, most=26), largest=linear(4))
    matrix: list[list[int]]
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, unknowns: int, largest: int) -> Self:
        return cls(regular(rng, unknowns), [rng.randint(-largest, largest) for _ in range(unknowns)])

    def prompt(self) -> str:
        names = ", ".join(NAMES[: len(self.values)])
        return f"Solve for {names} (give their values in this order):\n{equations(self.matrix, self.values)}"

    def solution(self) -> list[int]:
        return self.values

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.values)
