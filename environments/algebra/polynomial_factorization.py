"""Integer roots of polynomials."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.algebra._polynomials import product, written
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PolynomialFactorization(Problem[list[int]]):
    """Find all roots of a polynomial that has as many integer roots as its degree says."""

    answer = Integers()
    ladder = Ladder(degree=linear(3))
    roots: list[int]

    @classmethod
    def generate(cls, rng: Random, degree: int) -> Self:
        return cls([rng.randint(-degree, degree) for _ in range(degree)])

    def prompt(self) -> str:
        expanded = [1]
        for root in self.roots:
            expanded = product(expanded, [-root, 1])
        return (
            f"Which {len(self.roots)} integers are the roots of {written(expanded)}? "
            "Give a multiple root as often as it counts."
        )

    def solution(self) -> list[int]:
        return sorted(self.roots)

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.roots):
            return None
        common = Counter(answer) & Counter(self.roots)
        return scores.share(common.total(), len(self.roots), power=5)
