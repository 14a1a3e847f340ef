"""Numbers and the sums of their pairs."""

from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SquSquarks(Problem[list[int]]):
    """Find numbers from the sums of all their pairs."""

    answer = Integers()
    ladder = Ladder(count=linear(3))
    numbers: list[int]
    sums: list[int]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        numbers = rng.sample(range(1, count * (count - 1) + 1), count)
        sums = [a + b for a, b in combinations(numbers, 2)]
        rng.shuffle(sums)
        return cls(sorted(numbers), sums)

    def prompt(self) -> str:
        return (
            f"Find {len(self.numbers)} different positive integers whose sums of two, over all pairs, "
            f"are in some order: {' '.join(map(str, self.sums))}"
        )

    def solution(self) -> list[int]:
        return self.numbers

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.numbers) or len(set(answer)) != len(answer) or min(answer) < 1:
            return None
        found, wanted = Counter(a + b for a, b in combinations(answer, 2)), Counter(self.sums)
        return scores.share((found & wanted).total(), (found | wanted).total(), power=5)
