"""Brackets and their partners."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BracketMatching(Problem[list[int]]):
    """Find the partner of every opening bracket."""

    answer = Integers()
    ladder = Ladder(pairs=linear(3))
    brackets: str

    @classmethod
    def generate(cls, rng: Random, pairs: int) -> Self:
        brackets, waiting = "", list[str]()
        opened = 0
        while opened < pairs or waiting:
            if opened < pairs and (not waiting or rng.randrange(2)):
                kind = rng.choice(("()", "[]", "<>"))
                brackets += kind[0]
                waiting.append(kind[1])
                opened += 1
            else:
                brackets += waiting.pop()
        return cls(brackets)

    def prompt(self) -> str:
        return (
            "Give the position of the bracket that closes the first opening bracket, then of the one that closes the "
            f"second, and so on. Positions count from 0: {' '.join(self.brackets)}"
        )

    def solution(self) -> list[int]:
        partner: dict[int, int] = {}
        waiting: list[int] = []
        for place, bracket in enumerate(self.brackets):
            if bracket in "([<":
                waiting.append(place)
            else:
                partner[waiting.pop()] = place
        return [partner[place] for place in sorted(partner)]

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
