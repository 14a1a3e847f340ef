"""Levenshtein's distance."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class EditDistance(Problem[int]):
    """Count the edits that turn one string into another."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    start: str
    goal: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        start = rng.choices("abcd", k=length)
        goal = list(start)
        for _ in range(rng.randint(1, length)):
            place = rng.randrange(len(goal))
            edit = rng.randrange(3)
            if edit == 0:
                goal[place] = rng.choice("abcd")
            elif edit == 1:
                goal.insert(place, rng.choice("abcd"))
            elif len(goal) > 2:
                del goal[place]
        return cls("".join(start), "".join(goal))

    def prompt(self) -> str:
        return (
            "An edit inserts, deletes or replaces one letter. How few edits turn the first string into the second?\n"
            f"{' '.join(self.start)}\n{' '.join(self.goal)}"
        )

    def solution(self) -> int:
        row = list(range(len(self.goal) + 1))
        for count, letter in enumerate(self.start, 1):
            diagonal, row[0] = row[0], count
            for place, other in enumerate(self.goal, 1):
                diagonal, row[place] = row[place], min(diagonal + (letter != other), row[place] + 1, row[place - 1] + 1)
        return row[-1]
