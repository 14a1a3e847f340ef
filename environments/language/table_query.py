"""Questions about a table."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem

_NAMES = (
    "Ada Ali Ana Ben Bo Cem Cleo Dan Dora Ed Ela Eva Finn Gus Hal Ida Ines Jan Jo Kai Kim Leo Lin Mia Nia Noa Oma Pam "
    "Pia Raj Rosa Sam Sol Tara Tim Uli Uma Vera Will Zoe"
)
_COLOURS = ["red", "blue", "green", "white", "black", "yellow", "brown", "grey"]
_QUESTIONS = {
    "count": "How many rows have colour {colour}?",
    "sum": "What is the sum of the points in rows with colour {colour}?",
    "largest": "What is the largest number of points in a row with colour {colour}?",
    "smallest": "What is the smallest number of points in a row with colour {colour}?",
    "above": "How many rows with colour {colour} have more than {bound} points?",
    "others": "What is the sum of the points in rows with a colour other than {colour}?",
}


@dataclass(frozen=True)
class TableQuery(Problem[int]):
    """Count rows of a table or add up their numbers where a condition holds."""

    answer = Integer()
    ladder = Ladder(rows=linear(3, most=40), colours=linear(2, 0.25, most=8), kinds=linear(3, 0.5, most=6))
    names: list[str]
    colours: list[str]
    points: list[int]
    query: str
    colour: str
    bound: int

    @classmethod
    def generate(cls, rng: Random, rows: int, colours: int, kinds: int) -> Self:
        drawn = rng.choices(rng.sample(_COLOURS, colours), k=rows)
        return cls(
            names=rng.sample(_NAMES.split(), rows),
            colours=drawn,
            points=[rng.randrange(1, 100) for _ in range(rows)],
            query=rng.choice(list(_QUESTIONS)[:kinds]),
            colour=rng.choice(drawn),
            bound=rng.randrange(20, 70),
        )

    def prompt(self) -> str:
        rows = zip(self.names, self.colours, self.points, strict=True)
        question = _QUESTIONS[self.query].format(colour=self.colour, bound=self.bound)
        return "\n".join([question, "name colour points", *(" ".join(map(str, row)) for row in rows)])

    def solution(self) -> int:
        rows = list(zip(self.colours, self.points, strict=True))
        here = [points for colour, points in rows if colour == self.colour]
        match self.query:
            case "count":
                return len(here)
            case "sum":
                return sum(here)
            case "largest":
                return max(here)
            case "smallest":
                return min(here)
            case "above":
                return sum(points > self.bound for points in here)
            case _:
                return sum(self.points) - sum(here)
