"""The most frequent number."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class BucketSorting(Problem[int]):
    """Find a number that occurs most often."""

    answer = Integer()
    ladder = Ladder(length=geometric(6, 1.1, add=1), limit=geometric(6, 1.1, add=1))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        """One number is ahead of all others by one occurrence or more."""
        count = rng.randint(2, length // 3)
        mode = rng.randrange(limit)
        others = [value for value in range(limit) if value != mode for _ in range(count - 1)]
        values = [mode] * count + rng.sample(others, min(length - count, len(others)))
        rng.shuffle(values)
        return cls(values=values)

    def prompt(self) -> str:
        return f"Name a number that occurs most often: {spaced(self.values)}"

    def solution(self) -> int:
        counts = Counter(self.values)
        return max(counts, key=counts.__getitem__)

    def verify(self, answer: int) -> float | None:
        count = self.values.count(answer)
        return scores.exact(count == self.values.count(self.solution())) if count else None
