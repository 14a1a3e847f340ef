"""Dates in words and in digits."""

from calendar import monthrange
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Text
from environments.ladder import Ladder, linear
from environments.problem import Problem

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_STYLES = ("{day} {name} {year}", "{name} {day}, {year}", "day {day} of {name} {year}")
_TARGETS = {
    "year-month-day": "{year}-{month:02}-{day:02}",
    "day/month/year": "{day:02}/{month:02}/{year}",
    "month/day/year": "{month:02}/{day:02}/{year}",
}


@dataclass(frozen=True)
class DateFormat(Problem[str]):
    """Write dates in another format."""

    answer = Text("dates, separated by spaces")
    ladder = Ladder(count=linear(1, 0.5), styles=linear(1, 0.5, most=3))
    dates: list[list[int]]  # day, month, year
    styles: list[str]
    target: str

    @classmethod
    def generate(cls, rng: Random, count: int, styles: int) -> Self:
        dates: list[list[int]] = []
        for _ in range(count):
            year, month = rng.randrange(1900, 2100), rng.randint(1, 12)
            dates.append([rng.randint(1, monthrange(year, month)[1]), month, year])
        return cls(dates=dates, styles=rng.choices(_STYLES[:styles], k=count), target=rng.choice(list(_TARGETS)))

    def prompt(self) -> str:
        written = [
            style.format(day=day, name=_MONTHS[month - 1], year=year)
            for style, (day, month, year) in zip(self.styles, self.dates, strict=True)
        ]
        return (
            f"Write as {self.target}, with two digits for the day, two for the month and four for the year: "
            f"{'; '.join(written)}"
        )

    def solution(self) -> str:
        target = _TARGETS[self.target]
        return " ".join(target.format(day=day, month=month, year=year) for day, month, year in self.dates)

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer.split(), self.solution().split(), power=2)
