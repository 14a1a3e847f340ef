"""Arrows that are followed."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PointerChase(Problem[int]):
    """Follow arrows from number to number."""

    answer = Integer()
    ladder = Ladder(numbers=linear(4), jumps=linear(2))
    targets: list[int]  # of the numbers 1, 2, ...
    order: list[int]  # in which the arrows are written
    start: int
    jumps: int

    @classmethod
    def generate(cls, rng: Random, numbers: int, jumps: int) -> Self:
        """The arrows make one circle, since most others would have the walk turn in a small one."""
        circle = rng.sample(range(1, numbers + 1), numbers)
        targets = [0] * numbers
        for place, number in enumerate(circle):
            targets[number - 1] = circle[place - 1]
        order = rng.sample(range(1, numbers + 1), numbers)
        # Fewer jumps than numbers, else counting around the circle is the quicker way.
        return cls(targets=targets, order=order, start=rng.randint(1, numbers), jumps=rng.randint(2, jumps))

    def prompt(self) -> str:
        arrows = [f"{number}>{self.targets[number - 1]}" for number in self.order]
        return (
            f"Begin at {self.start} and follow {self.jumps} arrows, each from its left number to its right one. Where "
            f"do you end: {' '.join(arrows)}"
        )

    def solution(self) -> int:
        place = self.start
        for _ in range(self.jumps):
            place = self.targets[place - 1]
        return place

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 1 <= answer <= len(self.targets) else None
