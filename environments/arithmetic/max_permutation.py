"""Numbers written one after another."""

from dataclasses import dataclass
from functools import cmp_to_key
from itertools import takewhile
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaxPermutation(Problem[list[int]]):
    """Order numbers so that they form the largest number when written one after another."""

    answer = Integers()
    ladder = Ladder(count=linear(3), longest=linear(3, 0.5, most=6))
    numbers: list[str]

    @classmethod
    def generate(cls, rng: Random, count: int, longest: int) -> Self:
        """Digits 1 and 2 only, and parts of other numbers: what begins alike is hard to order."""
        whole = ["".join(rng.choices("12", k=longest)) for _ in range(max(2, count - 3 * count // 5))]
        parts = [rng.choice(whole)[: rng.randint(1, longest)] for _ in range(count - len(whole))]
        return cls(rng.sample(whole + parts, count))

    def prompt(self) -> str:
        return (
            "In which order do these numbers, written one after another, form the largest number? "
            f"Give their places, counted from 0: {' '.join(self.numbers)}"
        )

    def solution(self) -> list[int]:
        def later(a: int, b: int) -> int:
            first, second = self.numbers[a] + self.numbers[b], self.numbers[b] + self.numbers[a]
            return (first < second) - (first > second)

        return sorted(range(len(self.numbers)), key=cmp_to_key(later))

    def verify(self, answer: list[int]) -> float | None:
        if sorted(answer) != [*range(len(self.numbers))]:
            return None
        found, best = ("".join(self.numbers[place] for place in order) for order in (answer, self.solution()))
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(found, best, strict=True)))
        return scores.share(alike, len(best), power=5)
