"""Points under few and cheap intervals."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Minimum_DominatingInterval(Problem[list[int]]):
    """Choose points so that the intervals over them cost the least."""

    answer = Integers()
    ladder = Ladder(points=linear(5), intervals=linear(5, 1.5))
    points: int
    intervals: list[list[int]]  # first point, last point, cost
    count: int
    chosen: list[int]

    @classmethod
    def generate(cls, rng: Random, points: int, intervals: int) -> Self:
        """The first points should not do, nor the last ones, over which fewest intervals reach."""
        problem = cls._draw(rng, points, intervals)
        for _ in range(5):
            first, last = range(1, problem.count + 1), range(points - problem.count + 1, points + 1)
            if all(problem.verify([*ends]) != 1.0 for ends in (first, last)):
                break
            problem = cls._draw(rng, points, intervals)
        return problem

    @classmethod
    def _draw(cls, rng: Random, points: int, intervals: int) -> Self:
        drawn = [
            [*sorted((rng.randint(1, points), rng.randint(1, points))), rng.randint(1, 2 * points)]
            for _ in range(intervals)
        ]
        covered = [point for point in range(1, points + 1) if any(a <= point <= b for a, b, _ in drawn)]
        count = min(len(covered), rng.randint(2, max(2, len(covered) * 2 // 3)))
        return cls(points, drawn, count, chosen=_cheapest(drawn, covered, count))

    def prompt(self) -> str:
        return "\n".join(
            [
                f"Choose {self.count} different points from 1 to {self.points}, each of them in at least one interval. "
                "You pay once for every interval that holds a chosen point; pay as little as possible. Each line is "
                "an interval: first point, last point, cost.",
                *(" ".join(map(str, interval)) for interval in self.intervals),
            ]
        )

    def solution(self) -> list[int]:
        return self.chosen

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.count or len(set(answer)) != len(answer):
            return None
        if not all(any(a <= point <= b for a, b, _ in self.intervals) for point in answer):
            return None
        return scores.at_most(self._cost(answer), self._cost(self.chosen), power=10.0)

    def _cost(self, chosen: list[int]) -> int:
        return sum(cost for a, b, cost in self.intervals if any(a <= point <= b for point in chosen))


def _cheapest(intervals: list[list[int]], covered: list[int], count: int) -> list[int]:
    # added[before][point]: what point costs where the chosen point before it is `before`.
    added = {
        before: {
            point: sum(cost for a, b, cost in intervals if before < a <= point <= b)
            for point in covered
            if point > before
        }
        for before in (0, *covered)
    }
    best: dict[int, tuple[int, list[int]]] = {0: (0, [])}  # by the last point that is chosen
    for _ in range(count):
        best = {
            point: min(
                (total + added[last][point], [*chosen, point]) for last, (total, chosen) in best.items() if last < point
            )
            for point in covered
            if point > min(best)
        }
    return min(best.values())[1]
