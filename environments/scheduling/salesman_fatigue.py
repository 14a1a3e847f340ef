"""A salesman in a dead end."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SalesmanFatigue(Problem[list[int]]):
    """Give the best choice of houses in a street, for every count of houses."""

    answer = Integers()
    ladder = Ladder(houses=linear(3))
    distances: list[int]
    gains: list[int]

    @classmethod
    def generate(cls, rng: Random, houses: int) -> Self:
        distances = sorted(rng.randint(1, 4 * houses) for _ in range(houses))
        return cls(distances, gains=[rng.randint(1, 6 * houses) for _ in range(houses)])

    def prompt(self) -> str:
        return (
            f"For k = 1 to {len(self.gains)} choose k positions so that twice the largest chosen S plus the sum of the "
            f"chosen A is as large as possible. Give these largest values in the order of k.\nS: "
            f"{' '.join(map(str, self.distances))}\nA: {' '.join(map(str, self.gains))}"
        )

    def solution(self) -> list[int]:
        order = sorted(range(len(self.gains)), key=lambda house: -self.gains[house])
        gains = [*accumulate((self.gains[house] for house in order), initial=0)]
        furthest = [*accumulate((self.distances[house] for house in order), max, initial=0)]
        # Either the k largest gains, or one of them less for a house that lies further away.
        ends = [2 * self.distances[house] + self.gains[house] for house in order]
        return [max(gains[k] + 2 * furthest[k], gains[k - 1] + max(ends[k - 1 :])) for k in range(1, len(order) + 1)]

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution())
