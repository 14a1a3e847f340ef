"""Grundy values of a game given by its moves."""

from dataclasses import dataclass
from itertools import count
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import positions


@dataclass(frozen=True)
class GrundyValue(Problem[list[int]]):
    """Give the Grundy values of all positions of a game."""

    answer = Integers()
    ladder = Ladder(size=linear(4))
    moves: list[list[int]]  # by position from 1 on, each to lower positions

    @classmethod
    def generate(cls, rng: Random, size: int) -> Self:
        moves = [sorted(rng.sample(range(1, place), rng.randint(0, min(place - 1, 5)))) for place in range(1, size + 1)]
        moves[-1] = moves[-1] or [rng.randrange(1, size)]
        return cls(moves)

    def prompt(self) -> str:
        lines = [f"{place}: {' '.join(map(str, to))}" for place, to in enumerate(self.moves, start=1) if to]
        return "\n".join(
            [
                "The value of a position is the least of 0, 1, 2, ... that is not the value of a position to which a "
                f"move leads; without moves it is 0. Give the values of positions 1 to {len(self.moves)}. Moves:",
                *lines,
            ]
        )

    def solution(self) -> list[int]:
        values: list[int] = []
        for to in self.moves:
            reached = {values[place - 1] for place in to}
            values.append(next(value for value in count() if value not in reached))
        return values

    def verify(self, answer: list[int]) -> float | None:
        return positions(answer, self.solution(), power=5)
