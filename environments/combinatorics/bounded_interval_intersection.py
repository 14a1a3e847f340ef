from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BoundedIntervalIntersection(Problem[int]):
    """Count the subsets of intervals that have a long intersection."""

    answer = Integer()
    ladder = Ladder(intervals=linear(3))
    intervals: list[list[int]]
    shortest: int

    @classmethod
    def generate(cls, rng: Random, intervals: int) -> Self:
        largest = 2 * intervals
        drawn = [sorted(rng.sample(range(largest + 1), 2)) for _ in range(intervals)]
        lengths = sorted(right - left for left, right in drawn)
        return cls(drawn, rng.randint(1, max(1, min(lengths[intervals // 2], intervals // 2))))

    def prompt(self) -> str:
        return (
            "These intervals are given as start-end. How many ways are there to choose one or more of them so that "
            f"the part that all the chosen ones share has a length of at least {self.shortest}? "
            "Equal intervals are told apart. " + " ".join(f"{left}-{right}" for left, right in self.intervals)
        )

    def solution(self) -> int:
        count = 0
        ends: list[int] = []  # of the earlier intervals
        for left, right in sorted(self.intervals):
            if right - left >= self.shortest:
                # This one starts last among those chosen; the others have to reach far enough beyond its start.
                count += 2 ** sum(end >= left + self.shortest for end in ends)
                ends.append(right)
        return count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
