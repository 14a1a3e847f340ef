"""The truth table of an expression."""

from dataclasses import dataclass
from random import Random
from typing import Any, Self

from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.logic._expressions import MEANING, columns, random_tree, value, written
from environments.problem import Problem
from environments.scores import positions


@dataclass(frozen=True)
class TruthTable(Problem[str]):
    """Give the values of an expression for all values of its variables."""

    answer = Letters("01", noun="digits")
    ladder = Ladder(variables=linear(2, 0.25, most=7), leaves=linear(3))
    variables: int
    tree: list[Any]

    @classmethod
    def generate(cls, rng: Random, variables: int, leaves: int) -> Self:
        names = [*range(variables), *(rng.randrange(variables) for _ in range(leaves - variables))]
        rng.shuffle(names)
        return cls(variables, random_tree(rng, names))

    def prompt(self) -> str:
        names = "abcdefg"[: self.variables]
        rows = " ".join(f"{row:0{self.variables}b}" for row in range(3))
        return (
            f"Give the value for {names} = {rows} and so on up to {'1' * self.variables}; {MEANING}.\n"
            f"{written(self.tree, lambda name: names[name])}"
        )

    def solution(self) -> str:
        table = columns(self.variables)
        column = value(self.tree, lambda name: table[name])
        return f"{column:0{2**self.variables}b}"[::-1]

    def verify(self, answer: str) -> float | None:
        return positions(answer, self.solution())
