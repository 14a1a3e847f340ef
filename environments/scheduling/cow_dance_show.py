"""Dancers on a stage."""

from dataclasses import dataclass
from heapq import heapreplace
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CowDanceShow(Problem[int]):
    """Tell when a show ends in which each dancer takes the first free place on the stage."""

    answer = Integer()
    ladder = Ladder(dancers=linear(5))
    times: list[int]
    places: int

    @classmethod
    def generate(cls, rng: Random, dancers: int) -> Self:
        times = [rng.randint(1, 3 * dancers) for _ in range(dancers)]
        return cls(times, places=rng.randint(2, dancers // 2))

    def prompt(self) -> str:
        return (
            f"A stage has room for {self.places} dancers. They come in the given order; the first {self.places} start "
            "at time 0, and whenever one ends the next one starts at once. When does the last one end? Their times: "
            f"{' '.join(map(str, self.times))}"
        )

    def solution(self) -> int:
        ends = [0] * self.places  # a heap
        for time in self.times:
            heapreplace(ends, ends[0] + time)
        return max(ends)
