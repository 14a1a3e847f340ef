"""Changing seats around a fire."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.graphs._random_graphs import edge_text
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import at_most


@dataclass(frozen=True)
class CampfireParty(Problem[list[list[int]]]):
    """Move people around a circle at the least cost until all sit next to whom they wish."""

    answer = Rows("rows")
    ladder = Ladder(persons=linear(6))
    wishes: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, persons: int) -> Self:
        circle = rng.sample(range(persons), persons)
        if _moves(circle) == []:
            circle[0], circle[2] = circle[2], circle[0]
        wishes: list[list[int]] = [[] for _ in range(persons)]
        for place, person in enumerate(circle):
            wishes[person] = sorted((circle[place - 1], circle[(place + 1) % persons]))
        return cls(wishes)

    def prompt(self) -> str:
        return (
            f"Persons 0 to {len(self.wishes) - 1} sit in a circle, in order. A row of different persons moves each to "
            "the place of the next, the last to that of the first, at a cost of 1 each. Give rows, done in turn, after "
            "which all sit between the two they wish, at the least total cost. Wishes in order: "
            f"{edge_text(self.wishes)}"
        )

    def solution(self) -> list[list[int]]:
        circle = [0, self.wishes[0][0]]
        while len(circle) < len(self.wishes):
            circle += [wish for wish in self.wishes[circle[-1]] if wish != circle[-2]]
        return _moves(circle)

    def verify(self, answer: list[list[int]]) -> float | None:
        """Where a row names a person twice or the wishes do not hold in the end, the rules are broken."""
        seats = [*range(len(self.wishes))]  # by person
        for row in answer:
            if len({*row}) != len(row) or not all(0 <= person < len(seats) for person in row):
                return None
            moved = [seats[person] for person in (*row[1:], row[0])]
            for person, seat in zip(row, moved, strict=True):
                seats[person] = seat
        sitting = sorted(range(len(seats)), key=lambda person: seats[person])
        for place, person in enumerate(sitting):
            if sorted((sitting[place - 1], sitting[(place + 1) % len(sitting)])) != self.wishes[person]:
                return None
        return at_most(*(sum(map(len, rows)) for rows in (answer, self.solution())))


def _moves(circle: Sequence[int]) -> list[list[int]]:
    """The cycles that lead to the rotation or reflection of the circle with the most persons in their places."""
    count = len(circle)
    turned = [[*row[shift:], *row[:shift]] for row in (circle, circle[::-1]) for shift in range(count)]
    seating = max(turned, key=lambda row: sum(place == person for place, person in enumerate(row)))
    rows: list[list[int]] = []
    moved: set[int] = set()
    for person in range(count):
        row: list[int] = []
        while person not in moved:
            moved.add(person)
            row.append(person)
            person = seating.index(person)  # noqa: PLW2901  (who sits where this person goes)
        if len(row) > 1:
            rows.append(row)
    return rows
