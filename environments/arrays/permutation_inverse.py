"""The way back of a permutation."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PermutationInverse(Problem[list[int]]):
    """Invert a permutation."""

    answer = Integers()
    ladder = Ladder(length=linear(5))
    images: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        for _ in range(20):
            problem = cls(rng.sample(range(length), length))
            if problem.images != problem.solution():
                return problem
        return cls([*range(1, length), 0])  # or else a copy of the question would be the answer

    def prompt(self) -> str:
        return (
            "P sends 0, 1, 2 and so on to the numbers below, in this order. Give in the same way the Q that sends "
            f"each number back, so Q(P(i)) = i: {' '.join(map(str, self.images))}"
        )

    def solution(self) -> list[int]:
        return sorted(range(len(self.images)), key=lambda place: self.images[place])

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
