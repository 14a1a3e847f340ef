from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Self

from environments.answers import Rational
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class BinaryTreeLeafNumExpectation(Problem[Fraction]):
    """Find the expected number of leaves of a random binary tree."""

    answer = Rational()
    ladder = Ladder(largest=geometric(60, 2.3))
    nodes: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        return cls(rng.randint(3, largest))

    def prompt(self) -> str:
        return (
            f"A binary tree of {self.nodes} nodes is drawn, every shape being equally likely; a left child and a right "
            "child are different. What is the expected number of its leaves, nodes without children?"
        )

    def solution(self) -> Fraction:
        return Fraction(self.nodes * (self.nodes + 1), 2 * (2 * self.nodes - 1))
