"""Bounds on differences."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DifferenceConstraintSystem(Problem[list[int]]):
    """Find integers whose differences stay within bounds."""

    answer = Integers()
    ladder = Ladder(unknowns=linear(3), constraints=linear(4, 2))
    constraints: list[list[int]]  # 0 1 5 stands for x0 - x1 <= 5
    values: list[int]  # a solution, not the only one

    @classmethod
    def generate(cls, rng: Random, unknowns: int, constraints: int) -> Self:
        """The two values that lie furthest apart are always compared, so that equal numbers are no solution."""
        values = [rng.randint(-unknowns, unknowns) for _ in range(unknowns)]
        low, high = rng.sample(range(unknowns), 2)
        values[low], values[high] = -unknowns, unknowns
        pairs = [(a, b) for a in range(unknowns) for b in range(unknowns) if a != b and (a, b) != (low, high)]
        chosen = [(low, high), *rng.sample(pairs, min(constraints - 1, len(pairs)))]
        rng.shuffle(chosen)
        return cls([[a, b, values[a] - values[b] + rng.randrange(2)] for a, b in chosen], values)

    def prompt(self) -> str:
        lines = [f"x{a} - x{b} <= {bound}" for a, b, bound in self.constraints]
        return "\n".join([f"Find integers x0 to x{len(self.values) - 1} (give them in order) with:", *lines])

    def solution(self) -> list[int]:
        return self.values

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.values):
            return None
        satisfied = sum(answer[a] - answer[b] <= bound for a, b, bound in self.constraints)
        return scores.share(satisfied, len(self.constraints), power=5)
