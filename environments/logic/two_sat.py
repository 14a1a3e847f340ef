"""Satisfying assignments of clauses of two literals."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class TwoSAT(Problem[list[int]]):
    """Find an assignment that satisfies every clause of two literals."""

    answer = Integers()
    ladder = Ladder(variables=linear(3), clauses=linear(4, 2))
    clauses: list[list[int]]  # 3 stands for x3 = 1 and -3 for x3 = 0
    assignment: list[int]

    @classmethod
    def generate(cls, rng: Random, variables: int, clauses: int) -> Self:
        assignment = [rng.randrange(2) for _ in range(variables)]
        drawn: list[list[int]] = []
        # Mostly one of two literals is true: more would let the signs alone give the assignment away.
        for true_count in rng.choices((1, 2), (3, 1), k=clauses):
            chosen = rng.sample(range(1, variables + 1), 2)
            true = chosen[:true_count]
            drawn.append([name if (assignment[name - 1] == 1) == (name in true) else -name for name in sorted(chosen)])
        return cls(drawn, assignment)

    def prompt(self) -> str:
        return "\n".join(
            [
                f"Set x1 to x{len(self.assignment)} to 0 or 1 so that every line holds, and give them in order. "
                "The line 1 -2 holds if x1 = 1 or x2 = 0.",
                *(" ".join(map(str, clause)) for clause in self.clauses),
            ]
        )

    def solution(self) -> list[int]:
        return self.assignment

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.assignment) or any(value not in (0, 1) for value in answer):
            return None
        satisfied = sum(any(answer[abs(x) - 1] == (x > 0) for x in clause) for clause in self.clauses)
        return scores.share(satisfied, len(self.clauses))
