"""Linear inequalities in integers."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._linear_systems import NAMES, scalar
from environments.algebra._polynomials import summed
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class IntegerProgramming(Problem[list[int]]):
    """Find integers within bounds that satisfy linear inequalities."""

    answer = Integers()
    ladder = Ladder(unknowns=linear(3, most=26), rows=linear(4, 1.5))
    matrix: list[list[int]]
    bounds: list[int]  # what the rows are at least
    values: list[int]  # a solution, perhaps not the only one

    @classmethod
    def generate(cls, rng: Random, unknowns: int, rows: int) -> Self:
        """Two rows are positive multiples of single unknowns' values, so that zeros are no solution."""
        values = [rng.choice((1, -1)) * rng.randint(1, unknowns) for _ in range(unknowns)]
        matrix: list[list[int]] = []
        for place in rng.sample(range(unknowns), 2):
            row = [0] * unknowns
            row[place] = rng.randint(2, 4) * (1 if values[place] > 0 else -1)
            matrix.append(row)
        for _ in range(rows - 2):
            row = [rng.randrange(2) * rng.choice((1, -1)) * rng.randint(1, 4) for _ in range(unknowns)]
            row[rng.randrange(unknowns)] = rng.choice((1, -1)) * rng.randint(1, 4)
            matrix.append(row)
        rng.shuffle(matrix)
        return cls(matrix, [scalar(row, values) - rng.randint(0, 1) for row in matrix], values)

    def prompt(self) -> str:
        size = len(self.values)
        lines = [
            f"{summed(zip(row, NAMES, strict=False))} >= {bound}"
            for row, bound in zip(self.matrix, self.bounds, strict=True)
        ]
        names = ", ".join(NAMES[:size])
        return "\n".join([f"Find integers {names} from {-size} to {size} (give them in this order) with:", *lines])

    def solution(self) -> list[int]:
        return self.values

    def verify(self, answer: list[int]) -> float | None:
        size = len(self.values)
        if len(answer) != size or not all(-size <= value <= size for value in answer):
            return None
        satisfied = sum(scalar(row, answer) >= bound for row, bound in zip(self.matrix, self.bounds, strict=True))
        return scores.share(satisfied, len(self.matrix), power=5)
