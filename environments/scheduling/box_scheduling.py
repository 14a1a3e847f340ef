"""Boxes that look for free places."""

from dataclasses import dataclass
from math import gcd
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BoxScheduling(Problem[list[int]]):
    """Give every box the place that it reaches first, by steps of two kinds around a circle."""

    answer = Integers()
    ladder = Ladder(half=linear(2, 0.5))
    places: int
    step: int
    taken: int
    starts: list[int]

    @classmethod
    def generate(cls, rng: Random, half: int) -> Self:
        divisor = rng.randint(2, half)  # of the step and the circle, so that a step does not reach every place
        places = divisor * rng.randint(max(2, 2 * half // divisor - 1), max(3, 2 * half // divisor + 1))
        step = divisor * rng.randint(1, places // divisor - 1)
        starts = [rng.randrange(places) for _ in range(places - 1)]
        return cls(places, step, rng.randrange(places), starts)

    def prompt(self) -> str:
        return (
            f"Box i gets place (C[i] + {self.step} * X[i] + Y[i]) mod {self.places}, where X[i] and Y[i] are integers, "
            f"0 or more. All boxes need different places, none may get {self.taken}. First make Y[1] as small as "
            "possible, then Y[2] and so on, then X[1], X[2] and so on. Give the places in the order of the boxes. C: "
            f"{' '.join(map(str, self.starts))}"
        )

    def solution(self) -> list[int]:
        # Y leads on to the next class of places that steps connect: a class is left only if it has no place left.
        divisor = gcd(self.step, self.places)
        free = [place != self.taken for place in range(self.places)]
        left = [sum(free[first::divisor]) for first in range(divisor)]
        found: list[int] = []
        classes: list[int] = []
        for start in self.starts:
            y = next(y for y in range(divisor) if left[(start + y) % divisor])
            left[(start + y) % divisor] -= 1
            classes.append(start + y)
        for start in classes:
            place = start % self.places
            while not free[place]:
                place = (place + self.step) % self.places
            free[place] = False
            found.append(place)
        return found

    def verify(self, answer: list[int]) -> float | None:
        if sorted([*answer, self.taken]) != list(range(self.places)):
            return None
        return scores.positions(answer, self.solution())
