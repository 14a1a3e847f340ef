"""Days of the week, told in words."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.ladder import Ladder, linear
from environments.problem import Problem

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ANCHORS = {"Yesterday was": -1, "Today is": 0, "Tomorrow is": 1}


@dataclass(frozen=True)
class CalendarText(Problem[str]):
    """Find the weekday of a day that is described from another day."""

    answer = Choice(_DAYS)
    ladder = Ladder(moves=linear(1, 0.5), most_days=linear(6, 4))
    anchor: str
    weekday: str
    moves: list[int]  # days, the last move first

    @classmethod
    def generate(cls, rng: Random, moves: int, most_days: int) -> Self:
        return cls(
            anchor=rng.choice(list(_ANCHORS)),
            weekday=rng.choice(_DAYS),
            moves=[rng.randint(1, most_days) * rng.choice((1, -1)) for _ in range(moves)],
        )

    def prompt(self) -> str:
        words = [
            f"the day {'' if abs(days) == 1 else f'{abs(days)} days '}{'after' if days > 0 else 'before'}"
            for days in self.moves
        ]
        return f"{self.anchor} {self.weekday}. Which day of the week is {' '.join(words)} today?"

    def solution(self) -> str:
        return _DAYS[(_DAYS.index(self.weekday) - _ANCHORS[self.anchor] + sum(self.moves)) % 7]
