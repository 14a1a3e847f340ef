from dataclasses import dataclass
from math import comb
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CatalanNumberMod(Problem[int]):
    """Count the orders of numbers that rise within their odd places, within their even places and within pairs."""

    answer = Integer()
    ladder = Ladder(pairs=geometric(5, 1.3, add=1, most=1_000), digits=linear(2, 0.5, most=9))
    pairs: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, pairs: int, digits: int) -> Self:
        pairs, modulus = rng.randint(2, pairs), rng.randrange(10 ** (digits - 1), 10**digits)
        return cls(pairs, modulus, comb(2 * pairs, pairs) // (pairs + 1) % modulus)

    def prompt(self) -> str:
        return (
            f"How many orders A1, A2, ... of the numbers 1 to {2 * self.pairs} have A1 < A3 < A5 ... in odd places, "
            "A2 < A4 < A6 ... in even places, and A1 < A2, A3 < A4 and so on in each pair? "
            f"Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None
