"""The best ratio of sums."""

from dataclasses import dataclass
from heapq import nlargest
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class FractionalProgramming(Problem[list[int]]):
    """Choose items with the largest ratio of their sums."""

    answer = Integers()
    ladder = Ladder(items=linear(4))
    above: list[int]
    below: list[int]
    count: int

    @classmethod
    def generate(cls, rng: Random, items: int) -> Self:
        below = [rng.randint(1, 3 * items) for _ in range(items)]
        return cls([rng.randint(1, 2 * size) for size in below], below, rng.randint(2, items - 1))

    def prompt(self) -> str:
        return (
            f"Choose {self.count} different places, counted from 0, so that the sum of A there divided by the sum of B "
            f"there is as large as possible. A: {' '.join(map(str, self.above))}. B: {' '.join(map(str, self.below))}."
        )

    def solution(self) -> list[int]:
        """The best places for the ratio so far, where a - ratio * b is largest, until the ratio no longer grows."""
        chosen, found = list(range(self.count)), list[int]()
        while chosen != found:
            found = chosen
            top, low = self._sums(found)
            gains = [a * low - b * top for a, b in zip(self.above, self.below, strict=True)]
            better = sorted(nlargest(self.count, range(len(gains)), key=gains.__getitem__))
            chosen = better if sum(gains[place] for place in better) > 0 else found
        return found

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.count or len(set(answer)) != self.count:
            return None
        if not all(0 <= place < len(self.above) for place in answer):
            return None
        top, low = self._sums(answer)
        best_top, best_low = self._sums(self.solution())
        return scores.at_least(top * best_low, best_top * low, power=10)

    def _sums(self, places: list[int]) -> tuple[int, int]:
        return sum(self.above[place] for place in places), sum(self.below[place] for place in places)
