"""The number in more than half of the places."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.lookup._numbers import spaced
from environments.problem import Problem


@dataclass(frozen=True)
class MajorityElement(Problem[int]):
    """Find the number that takes more than half of the places, if there is one."""

    answer = Integer()
    guessable = "0.40: a majority shows at most places, so two in five problems have none"
    ladder = Ladder(length=linear(5), limit=linear(9, 2))
    values: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, limit: int) -> Self:
        value = rng.randint(1, limit)
        half = length // 2
        count = rng.randint(half + 1, half + 1 + length // 8) if rng.random() < 0.6 else half
        others = [other for other in range(1, limit + 1) if other != value]
        values = [value] * count + rng.choices(others, k=length - count)
        if length - count > half:  # an odd length: the others must not be a majority themselves
            values[-2:] = rng.sample(others, 2)
        rng.shuffle(values)
        return cls(values=values)

    def prompt(self) -> str:
        return (
            f"Which number stands at more than half of these {len(self.values)} places? Answer 0 if none does: "
            f"{spaced(self.values)}"
        )

    def solution(self) -> int:
        value, count = Counter(self.values).most_common(1)[0]
        return value if 2 * count > len(self.values) else 0

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if answer == 0 or answer in self.values else None
