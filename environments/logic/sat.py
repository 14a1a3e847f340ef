"""Satisfying assignments."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.logic._clauses import planted, satisfied, written
from environments.problem import Problem


@dataclass(frozen=True)
class SAT(Problem[list[int]]):
    """Find an assignment that satisfies every clause of three literals."""

    answer = Integers()
    ladder = Ladder(variables=linear(4), clauses=linear(9, 4.2))
    clauses: list[list[int]]  # 3 stands for x3 = 1 and -3 for x3 = 0
    assignment: list[int]

    @classmethod
    def generate(cls, rng: Random, variables: int, clauses: int) -> Self:
        # Half of all literals are true on average: more would let the signs alone give the assignment away.
        return cls(*planted(rng, variables, clauses, (6, 3, 1)))

    def prompt(self) -> str:
        return (
            f"Set x1 to x{len(self.assignment)} to 0 or 1 so that every line holds, and give them in order. "
            f"The line 1 -2 3 holds if x1 = 1 or x2 = 0 or x3 = 1.\n{written(self.clauses)}"
        )

    def solution(self) -> list[int]:
        return self.assignment

    def verify(self, answer: list[int]) -> float | None:
        return satisfied(self.clauses, len(self.assignment), answer)
