"""Inputs that make a circuit true."""

from dataclasses import dataclass
from random import Random
from typing import Any, Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.logic._expressions import MEANING, random_tree, value, written
from environments.problem import Problem


@dataclass(frozen=True)
class Circuit(Problem[list[int]]):
    """Find inputs for which a Boolean expression is true."""

    answer = Integers()
    ladder = Ladder(variables=linear(3), parts=linear(2))
    parts: list[Any]  # expressions that have to be true together
    assignment: list[int]

    @classmethod
    def generate(cls, rng: Random, variables: int, parts: int) -> Self:
        """Many small parts leave few inputs; with one large part any input would do half of the time."""
        ones = rng.sample(range(variables), rng.randint(1, variables))
        assignment = [int(place in ones) for place in range(variables)]
        drawn: list[Any] = []
        for _ in range(parts):
            tree: Any = ones[0] + 1  # an expression of its own, should no other one be true
            for _ in range(20):
                names = rng.sample(range(1, variables + 1), rng.randint(2, 3))
                other = random_tree(rng, names, "&|^^")
                if value(other, lambda name: assignment[name - 1]):
                    tree = other
                    break
            drawn.append(tree)
        return cls(drawn, assignment)

    def prompt(self) -> str:
        expression = " & ".join(written(part, lambda name: f"x{name}", False) for part in self.parts)
        return (
            f"Set x1 to x{len(self.assignment)} to 0 or 1 so that this is 1, and give them in order; {MEANING}.\n"
            f"{expression}"
        )

    def solution(self) -> list[int]:
        return self.assignment

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.assignment) or any(bit not in (0, 1) for bit in answer):
            return None
        return 1.0 if all(value(part, lambda name: answer[name - 1]) for part in self.parts) else 0.0
