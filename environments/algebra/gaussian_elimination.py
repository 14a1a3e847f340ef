"""More linear equations than unknowns."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._linear_systems import NAMES, equations, scalar
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class GaussianElimination(Problem[list[int]]):
    """Find integers that satisfy a system of linear equations."""

    answer = Integers()
    ladder = Ladder(unknowns=linear(3, most=26), extra=linear(1, 0.5))
    matrix: list[list[int]]
    values: list[int]  # a solution, perhaps not the only one

    @classmethod
    def generate(cls, rng: Random, unknowns: int, extra: int) -> Self:
        values = [rng.randint(1, unknowns) for _ in range(unknowns)]
        matrix: list[list[int]] = []
        for _ in range(unknowns + extra):
            row = [rng.randrange(2) * rng.choice((-3, -2, -1, 1, 2, 3)) for _ in range(unknowns)]
            row[rng.randrange(unknowns)] = rng.randint(1, 3)
            matrix.append(row)
        return cls(matrix, values)

    def prompt(self) -> str:
        names = ", ".join(NAMES[: len(self.values)])
        return f"Find integers {names} (give them in this order) with:\n{equations(self.matrix, self.values)}"

    def solution(self) -> list[int]:
        return self.values

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.values):
            return None
        satisfied = sum(scalar(row, answer) == scalar(row, self.values) for row in self.matrix)
        return scores.share(satisfied, len(self.matrix))
