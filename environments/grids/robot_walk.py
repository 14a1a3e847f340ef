"""A robot on a grid."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RobotWalk(Problem[list[int]]):
    """Find where a robot ends that turns and walks."""

    answer = Integers()
    ladder = Ladder(length=linear(4, 2))
    commands: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        return cls("".join(rng.choices("FLR", (2, 1, 1), k=length)))

    def prompt(self) -> str:
        return (
            "A robot starts at x = 0, y = 0 and looks towards larger y, with larger x to its right. L turns it left, R "
            "turns it right, each by 90 degrees, F moves it one step forward. Give its x and y at the end: "
            f"{' '.join(self.commands)}"
        )

    def solution(self) -> list[int]:
        x = y = right = 0
        ahead = 1
        for command in self.commands:
            if command == "F":
                x, y = x + right, y + ahead
            elif command == "R":
                right, ahead = ahead, -right
            else:
                right, ahead = -ahead, right
        return [x, y]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2:
            return None
        return 1.0 if answer == self.solution() else 0.0
