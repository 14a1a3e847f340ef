"""Hours and minutes."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ClockArithmetic(Problem[list[int]]):
    """Find the time after spans of hours and minutes."""

    answer = Integers()
    ladder = Ladder(spans=linear(1), grain=lambda difficulty: (30, 15, 10, 5, 1)[min(difficulty, 4)])
    start: int  # minutes since midnight
    spans: list[int]  # minutes; negative ones go back

    @classmethod
    def generate(cls, rng: Random, spans: int, grain: int) -> Self:
        start = grain * rng.randrange(1440 // grain)
        return cls(start, [rng.choice((1, -1)) * grain * rng.randint(1, 1440 // grain) for _ in range(spans)])

    def prompt(self) -> str:
        steps = [
            f"{abs(span) // 60} h {abs(span) % 60} min {'later' if span > 0 else 'earlier'}" for span in self.spans
        ]
        shown = f"{self.start // 60}:{self.start % 60:02}"
        return (
            f"A 24-hour clock shows {shown}. What does it show {', then '.join(steps)}? "
            "Give the hours (0 to 23) and the minutes."
        )

    def solution(self) -> list[int]:
        return [*divmod((self.start + sum(self.spans)) % 1440, 60)]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2 or not (0 <= answer[0] < 24 and 0 <= answer[1] < 60):
            return None
        return scores.exact(answer == self.solution())
