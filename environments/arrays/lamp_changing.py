"""Lamps in a circle that look at their neighbours."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import positions


@dataclass(frozen=True)
class LampChanging(Problem[str]):
    """Follow a circle of lamps, each of which compares itself with the next one."""

    answer = Letters("01", noun="digits")
    ladder = Ladder(lamps=linear(6), steps=linear(1, 0.5))
    lamps: str
    steps: int

    @classmethod
    def generate(cls, rng: Random, lamps: int, steps: int) -> Self:
        """`lamps` lamps or one fewer. All of them are asked for, since one lamp could be guessed."""
        return cls("".join(rng.choice("01") for _ in range(lamps - rng.randrange(2))), steps)

    def prompt(self) -> str:
        return (
            "Lamps stand in a circle, 1 is on and 0 is off. In each step all lamps change at once: a lamp becomes 1 if "
            "it differed from the next lamp, else 0. After the last lamp comes the first. "
            f"Give all lamps after {self.steps} {'step' if self.steps == 1 else 'steps'} from {' '.join(self.lamps)}"
        )

    def solution(self) -> str:
        lamps = self.lamps
        for _ in range(self.steps):
            lamps = "".join("01"[lamp != after] for lamp, after in zip(lamps, lamps[1:] + lamps[0], strict=True))
        return lamps

    def verify(self, answer: str) -> float | None:
        return positions(answer, self.solution())
