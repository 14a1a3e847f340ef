"""Minima of a window that slides over a list."""

from collections import deque
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SlidingWindow(Problem[list[int]]):
    """Give the minimum of every block of a given length."""

    answer = Integers()
    ladder = Ladder(length=linear(5))
    values: list[int]
    window: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        values = [rng.randint(0, 4 * length) for _ in range(length)]
        return cls(values, window=rng.randint(2, max(3, length // 2)))

    def prompt(self) -> str:
        return (
            f"Give the smallest of every {self.window} neighbouring numbers, from left to right: "
            f"{' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        minima: list[int] = []
        waiting: deque[int] = deque()  # places whose numbers may still be a minimum; the numbers increase
        for place, value in enumerate(self.values):
            while waiting and self.values[waiting[-1]] >= value:
                waiting.pop()
            waiting.append(place)
            if waiting[0] <= place - self.window:
                waiting.popleft()
            minima.append(self.values[waiting[0]])
        return minima[self.window - 1 :]

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
