"""Integer division."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Division(Problem[int]):
    """Divide one integer by another and drop the remainder."""

    answer = Integer()
    ladder = Ladder(divisor_digits=linear(1), answer_digits=linear(1))
    dividend: int
    divisor: int

    @classmethod
    def generate(cls, rng: Random, divisor_digits: int, answer_digits: int) -> Self:
        divisor = rng.randrange(1, 10**divisor_digits)
        quotient = rng.randrange(10**answer_digits)
        return cls(dividend=divisor * quotient + rng.randrange(divisor), divisor=divisor)

    def prompt(self) -> str:
        return f"What is {self.dividend} divided by {self.divisor}, rounded down?"

    def solution(self) -> int:
        return self.dividend // self.divisor
