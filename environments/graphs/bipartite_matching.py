"""As many pairs as possible between two sides."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_least


@dataclass(frozen=True)
class BipartiteMatching(Problem[list[list[int]]]):
    """Give as many workers as possible a job each that they can do."""

    answer = Rows("pairs")
    ladder = Ladder(workers=linear(3))
    able: list[list[int]]  # [worker, job]
    matching: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, workers: int) -> Self:
        """A job more or fewer than workers, and few abilities, so that not everyone is served at once."""
        jobs = max(3, workers + rng.randint(-1, 1))
        pairs = [*product(range(workers), range(jobs))]
        able = [[*pair] for pair in rng.sample(pairs, rng.randint(workers + 1, 2 * workers))]
        return cls(able, _largest_matching(able))

    def prompt(self) -> str:
        return (
            "Each pair names a worker and a job that this worker can do. Choose as many of the pairs as possible, no "
            f"worker and no job twice: {edge_text(self.able)}"
        )

    def solution(self) -> list[list[int]]:
        return self.matching

    def verify(self, answer: list[list[int]]) -> float | None:
        if len(answer) > len(self.matching) or not all(pair in self.able for pair in answer):
            return None
        if any(len({pair[side] for pair in answer}) != len(answer) for side in (0, 1)):
            return None
        return at_least(len(answer), len(self.matching))


def _largest_matching(able: Sequence[Sequence[int]]) -> list[list[int]]:
    """Augmenting paths: a worker takes a free job, or one whose worker finds another."""
    jobs_of: dict[int, list[int]] = {}
    for worker, job in able:
        jobs_of.setdefault(worker, []).append(job)
    worker_of: dict[int, int] = {}

    def place(worker: int, tried: set[int]) -> bool:
        for job in jobs_of[worker]:
            if job not in tried:
                tried.add(job)
                if job not in worker_of or place(worker_of[job], tried):
                    worker_of[job] = worker
                    return True
        return False

    for worker in sorted(jobs_of):
        place(worker, set())
    return sorted([worker, job] for job, worker in worker_of.items())
