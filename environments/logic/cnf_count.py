"""How many assignments satisfy all clauses."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.logic._expressions import columns
from environments.problem import Problem


@dataclass(frozen=True)
class CNFCount(Problem[int]):
    """Count the assignments that satisfy every clause."""

    answer = Integer()
    ladder = Ladder(variables=linear(3, 0.5, most=12), clauses=linear(2))
    variables: int
    clauses: list[list[int]]  # 3 stands for x3 = 1 and -3 for x3 = 0
    count: int

    @classmethod
    def generate(cls, rng: Random, variables: int, clauses: int) -> Self:
        table, every = columns(variables), (1 << (1 << variables)) - 1
        drawn: list[list[int]] = []
        satisfying = every
        for _ in range(clauses):
            names = sorted(rng.sample(range(1, variables + 1), rng.randint(2, 3)))
            clause = [rng.choice((name, -name)) for name in names]
            true = 0
            for literal in clause:
                column = table[abs(literal) - 1]
                true |= column if literal > 0 else every ^ column
            satisfying &= true
            drawn.append(clause)
        return cls(variables, drawn, satisfying.bit_count())

    def prompt(self) -> str:
        return "\n".join(
            [
                f"x1 to x{self.variables} are 0 or 1. For how many of the {2**self.variables} choices do all lines "
                "hold? The line 1 -2 holds if x1 = 1 or x2 = 0.",
                *(" ".join(map(str, clause)) for clause in self.clauses),
            ]
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer >= 0 else None
