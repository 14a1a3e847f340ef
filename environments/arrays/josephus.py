"""Leaving a circle."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Josephus(Problem[list[int]]):
    """Tell in which order people leave a circle when every so-manieth has to go."""

    answer = Integers()
    ladder = Ladder(people=linear(4))
    circle: list[int]
    step: int

    @classmethod
    def generate(cls, rng: Random, people: int) -> Self:
        return cls(rng.sample(range(1, people + 1), people), step=rng.randint(2, 2 * people))

    def prompt(self) -> str:
        return (
            f"People stand in a circle. Count from 1 to {self.step} along it, beginning with the first one listed; "
            f"whoever gets {self.step} leaves and the next one starts again with 1. Give the order of leaving, to the "
            f"last one: {' '.join(map(str, self.circle))}"
        )

    def solution(self) -> list[int]:
        circle, place, order = list(self.circle), 0, list[int]()
        while circle:
            place = (place + self.step - 1) % len(circle)
            order.append(circle.pop(place))
        return order

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution()) if sorted(answer) == sorted(self.circle) else None
