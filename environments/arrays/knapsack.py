"""Packing a knapsack."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import distinct
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Knapsack(Problem[list[int]]):
    """Choose items of the largest total value that a knapsack can carry."""

    answer = Integers()
    ladder = Ladder(items=linear(3, most=25))
    weights: list[int]
    values: list[int]
    capacity: int

    @classmethod
    def generate(cls, rng: Random, items: int) -> Self:
        weights = [rng.randint(1, 2 * items) for _ in range(items)]
        values = [rng.randint(1, 2 * weight) for weight in weights]
        total = sum(weights)
        return cls(weights, values, capacity=max(min(weights), rng.randint(total // 3, total * 2 // 3)))

    def prompt(self) -> str:
        lines = [f"{item}: {w} {v}" for item, (w, v) in enumerate(zip(self.weights, self.values, strict=True))]
        return "\n".join(
            [
                f"Choose items with a total weight of at most {self.capacity} and the largest total value. "
                "Each line is item: weight value. Give the items.",
                *lines,
            ]
        )

    def solution(self) -> list[int]:
        # Of each total weight, the best value, and for each item whether it was taken to get there.
        best = [0] * (self.capacity + 1)
        taken: list[list[bool]] = []
        for weight, value in zip(self.weights, self.values, strict=True):
            with_item = [before + value for before in best[: max(0, self.capacity + 1 - weight)]]
            rest = best[weight:]
            taken.append([False] * weight + [new > old for new, old in zip(with_item, rest, strict=True)])
            best = best[:weight] + [max(pair) for pair in zip(with_item, rest, strict=True)]
        chosen: list[int] = []
        left = self.capacity
        for item in range(len(self.weights) - 1, -1, -1):
            if left < len(taken[item]) and taken[item][left]:
                chosen.append(item)
                left -= self.weights[item]
        return chosen[::-1]

    def verify(self, answer: list[int]) -> float | None:
        if not distinct(answer, len(self.weights)) or sum(self.weights[item] for item in answer) > self.capacity:
            return None
        value, best = (sum(self.values[item] for item in chosen) for chosen in (answer, self.solution()))
        return scores.at_least(value, best)
