from dataclasses import dataclass
from math import comb
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.combinatorics._moduli import PRIMES
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class StirlingSecond(Problem[int]):
    """Count the ways to put different balls into different boxes with no box empty."""

    answer = Integer()
    ladder = Ladder(largest=geometric(8, 1.3, add=2, most=500))
    balls: int
    boxes: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        balls, modulus = rng.randint(4, largest), rng.choice(PRIMES)
        boxes = rng.randint(2, max(3, balls // 2))
        count = sum((-1) ** k * comb(boxes, k) * pow(boxes - k, balls, modulus) for k in range(boxes))
        return cls(balls, boxes, modulus, count % modulus)

    def prompt(self) -> str:
        return (
            f"In how many ways can {self.balls} different balls be put into {self.boxes} different boxes "
            f"so that no box is empty? Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None
