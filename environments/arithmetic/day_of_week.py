"""Days of the week."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Choice
from environments.ladder import Ladder, linear
from environments.problem import Problem

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class DayOfWeek(Problem[str]):
    """Find the day of the week some days from a given one."""

    answer = Choice(_DAYS)
    ladder = Ladder(digits=linear(2))
    today: str
    days: int  # negative ones go back

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        return cls(rng.choice(_DAYS), rng.choice((1, -1)) * rng.randrange(2, 10**digits))

    def prompt(self) -> str:
        asked = f"will it be in {self.days} days" if self.days > 0 else f"was it {-self.days} days ago"
        return f"Today is {self.today}. Which day of the week {asked}?"

    def solution(self) -> str:
        return _DAYS[(_DAYS.index(self.today) + self.days) % 7]
