"""Jobs on machines that work alike."""

from dataclasses import dataclass
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MakespanScheduling(Problem[list[int]]):
    """Share jobs among equal machines so that the last one is done soonest."""

    answer = Integers()
    ladder = Ladder(jobs=linear(4), machines=linear(2, 0.25))
    times: list[int]
    machines: int
    plan: list[int]

    @classmethod
    def generate(cls, rng: Random, jobs: int, machines: int) -> Self:
        """All machines are busy to the end in the plan, so that none can be better."""
        counts = [(jobs + machine) // machines for machine in range(machines)]
        load = rng.randint(4 * max(counts), 24 * max(counts))
        pairs: list[tuple[int, int]] = []
        for machine, count in enumerate(counts):
            cuts = [0, *sorted(rng.sample(range(1, load), count - 1)), load]
            pairs += [(after - before, machine) for before, after in pairwise(cuts)]
        rng.shuffle(pairs)
        return cls([time for time, _ in pairs], machines, plan=[machine for _, machine in pairs])

    def prompt(self) -> str:
        return (
            f"Give each job to one of the machines 0 to {self.machines - 1}. Make the largest total time of a machine "
            f"as small as possible. Give the machines in the order of the jobs, which take "
            f"{' '.join(map(str, self.times))}"
        )

    def solution(self) -> list[int]:
        return self.plan

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.times) or not all(0 <= machine < self.machines for machine in answer):
            return None
        loads = [0] * self.machines
        for time, machine in zip(self.times, answer, strict=True):
            loads[machine] += time
        return scores.at_most(max(loads), sum(loads) // self.machines, power=10.0)
