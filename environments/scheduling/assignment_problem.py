"""Workers and jobs."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scheduling._assignment import cheapest


@dataclass(frozen=True)
class AssignmentProblem(Problem[list[int]]):
    """Assign workers to jobs at the least cost."""

    answer = Integers()
    ladder = Ladder(size=linear(3))
    costs: list[list[int]]
    best: list[int]

    @classmethod
    def generate(cls, rng: Random, size: int) -> Self:
        costs = [[rng.randint(1, 4 * size) for _ in range(size)] for _ in range(size)]
        return cls(costs, best=cheapest(costs))

    def prompt(self) -> str:
        return "\n".join(
            [
                "Each line has what a worker asks for job 0, job 1 and so on. Give each worker one job, no job "
                "twice, so that the sum is as small as possible. Give the jobs in the order of the workers.",
                *(" ".join(map(str, row)) for row in self.costs),
            ]
        )

    def solution(self) -> list[int]:
        return self.best

    def verify(self, answer: list[int]) -> float | None:
        if sorted(answer) != list(range(len(self.costs))):
            return None
        return scores.at_most(self._cost(answer), self._cost(self.best))

    def _cost(self, jobs: list[int]) -> int:
        return sum(row[job] for row, job in zip(self.costs, jobs, strict=True))
