"""Permutations one after the other."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PermutationCompose(Problem[list[int]]):
    """Apply one permutation after another."""

    answer = Integers()
    ladder = Ladder(length=linear(4))
    first: list[int]
    second: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        first, second = (rng.sample(range(length), length) for _ in range(2))
        return cls(first, second)

    def prompt(self) -> str:
        return (
            "P and Q send 0, 1, 2 and so on to the numbers listed, in this order. Give P(Q(0)), P(Q(1)), P(Q(2)), "
            f"and so on.\nP: {' '.join(map(str, self.first))}\nQ: {' '.join(map(str, self.second))}"
        )

    def solution(self) -> list[int]:
        return [self.first[image] for image in self.second]

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
