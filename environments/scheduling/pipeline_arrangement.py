"""Jobs on two machines."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PipelineArrangement(Problem[list[int]]):
    """Order jobs that pass two machines so that all of them are done soonest."""

    answer = Integers()
    ladder = Ladder(jobs=linear(3))
    first: list[int]
    second: list[int]

    @classmethod
    def generate(cls, rng: Random, jobs: int) -> Self:
        problem = cls._draw(rng, jobs)
        for _ in range(20):
            rising = sorted(range(jobs), key=lambda job: problem.first[job])
            falling = sorted(range(jobs), key=lambda job: -problem.second[job])
            if all(problem.verify(order) != 1.0 for order in (list(range(jobs)), rising, falling)):
                break
            problem = cls._draw(rng, jobs)  # the given order would do, or one that looks at one machine only
        return problem

    @classmethod
    def _draw(cls, rng: Random, jobs: int) -> Self:
        first, second = ([rng.randint(1, 3 * jobs) for _ in range(jobs)] for _ in range(2))
        return cls(first, second)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Every job takes its time on machine A and then on machine B; each machine does one job at a time, and "
                "both take the jobs in the same order. In which order are all jobs done soonest? Each line is job: "
                "time on A, time on B.",
                *(f"{job}: {a} {b}" for job, (a, b) in enumerate(zip(self.first, self.second, strict=True))),
            ]
        )

    def solution(self) -> list[int]:
        jobs = range(len(self.first))  # Johnson's rule
        early = sorted((job for job in jobs if self.first[job] < self.second[job]), key=lambda job: self.first[job])
        late = sorted((job for job in jobs if self.first[job] >= self.second[job]), key=lambda job: -self.second[job])
        return early + late

    def verify(self, answer: list[int]) -> float | None:
        if sorted(answer) != list(range(len(self.first))):
            return None
        return scores.at_most(self._done(answer), self._done(self.solution()), power=10.0)

    def _done(self, order: list[int]) -> int:
        a = b = 0
        for job in order:
            a += self.first[job]
            b = max(a, b) + self.second[job]
        return b
