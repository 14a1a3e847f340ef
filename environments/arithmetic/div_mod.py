"""Division with remainder."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DivMod(Problem[list[int]]):
    """Divide one integer by another and give the quotient and the remainder."""

    answer = Integers()
    ladder = Ladder(digits=linear(2))
    dividend: int
    divisor: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        """`digits` are shared by the quotient and the divisor."""
        quotient = rng.randrange(10 ** ((digits + 1) // 2))
        divisor = rng.randrange(2, 10 ** (digits // 2))
        return cls(dividend=divisor * quotient + rng.randrange(divisor), divisor=divisor)

    def prompt(self) -> str:
        return f"Divide {self.dividend} by {self.divisor}. What are the whole quotient and the remainder?"

    def solution(self) -> list[int]:
        return [*divmod(self.dividend, self.divisor)]

    def verify(self, answer: list[int]) -> float | None:
        return scores.exact(answer == self.solution()) if len(answer) == 2 else None
