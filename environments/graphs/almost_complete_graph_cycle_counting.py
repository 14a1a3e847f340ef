"""Cycles where nearly all vertices are joined."""

from dataclasses import dataclass
from math import comb, factorial, perm
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class AlmostCompleteGraphCycleCounting(Problem[int]):
    """Count the cycles of a complete graph that lacks one edge, modulo a number."""

    answer = Integer()
    ladder = Ladder(largest=linear(8, 2), digits=linear(4, 0.25))
    vertices: int
    modulus: int

    @classmethod
    def generate(cls, rng: Random, largest: int, digits: int) -> Self:
        half = rng.randrange(10 ** (digits - 1) // 2, 10**digits // 2)
        return cls(rng.randint(4, largest), 2 * half + 1)

    def prompt(self) -> str:
        return (
            f"Of {self.vertices} vertices every two are joined by an edge, but for one pair. How many simple cycles of "
            "three or more vertices are there? Cycles are the same if they have the same edges. Give the count modulo "
            f"{self.modulus}."
        )

    def solution(self) -> int:
        """All cycles, less those along the lacking edge: each closes a path over some others in some order."""
        every = sum(comb(self.vertices, length) * factorial(length - 1) // 2 for length in range(3, self.vertices + 1))
        along = sum(perm(self.vertices - 2, others) for others in range(1, self.vertices - 1))
        return (every - along) % self.modulus

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 0 <= answer < self.modulus else None
