"""A chain of additions and subtractions."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ChainSum(Problem[int]):
    """Work out a chain of additions and subtractions."""

    answer = Integer()
    ladder = Ladder(terms=linear(3), digits=linear(1, 0.25))
    terms: list[int]

    @classmethod
    def generate(cls, rng: Random, terms: int, digits: int) -> Self:
        first = rng.randrange(1, 10**digits)
        return cls([first, *(rng.choice((1, -1)) * rng.randrange(1, 10**digits) for _ in range(terms - 1))])

    def prompt(self) -> str:
        rest = "".join(f" {'+' if term > 0 else '-'} {abs(term)}" for term in self.terms[1:])
        return f"What is {self.terms[0]}{rest}?"

    def solution(self) -> int:
        return sum(self.terms)
