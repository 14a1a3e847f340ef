"""Tasks in batches."""

from dataclasses import dataclass
from itertools import accumulate, pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import increasing
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class TaskArrangement(Problem[list[int]]):
    """Cut a row of tasks into batches that each need a start-up, at the least cost."""

    answer = Integers()
    ladder = Ladder(tasks=linear(4))
    startup: int
    times: list[int]
    weights: list[int]

    @classmethod
    def generate(cls, rng: Random, tasks: int) -> Self:
        times, weights = ([rng.randint(1, tasks) for _ in range(tasks)] for _ in range(2))
        return cls(rng.randint(0, 2 * tasks), times, weights)

    def prompt(self) -> str:
        return (
            "Cut the tasks, in their order, into batches. A batch starts when the one before it ends (the first at 0) "
            f"and takes {self.startup} plus the sum of its T. All its tasks end with it; a task costs its F times its "
            "end. Make the total cost smallest. Give the position of the last task of each batch, counted from 1.\n"
            f"T: {' '.join(map(str, self.times))}\nF: {' '.join(map(str, self.weights))}"
        )

    def solution(self) -> list[int]:
        # A batch delays its tasks and all later ones, so it can pay for all of them at once.
        times = [*accumulate(self.times, initial=0)]
        weights = [*accumulate(self.weights, initial=0)]
        best = [(0, 0)]
        for end in range(1, len(times)):
            best.append(
                min(
                    (
                        best[start][0] + (self.startup + times[end] - times[start]) * (weights[-1] - weights[start]),
                        start,
                    )
                    for start in range(end)
                )
            )
        ends: list[int] = []
        end = len(self.times)
        while end:
            ends.append(end)
            end = best[end][1]
        return ends[::-1]

    def verify(self, answer: list[int]) -> float | None:
        if not answer or answer[-1] != len(self.times) or not increasing([end - 1 for end in answer], answer[-1]):
            return None
        return scores.at_most(self._cost(answer), self._cost(self.solution()))

    def _cost(self, ends: list[int]) -> int:
        cost = time = 0
        for start, end in pairwise([0, *ends]):
            time += self.startup + sum(self.times[start:end])
            cost += time * sum(self.weights[start:end])
        return cost
