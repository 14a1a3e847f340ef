"""The convex polygon with the most corners among given points."""

from dataclasses import dataclass
from math import atan2, gcd
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LargestConvexPolygon(Problem[list[int]]):
    """Choose as many points as possible that are the corners of a convex polygon."""

    answer = Integers()
    ladder = Ladder(count=linear(5))
    points: list[list[int]]  # [x, y], no three on a line
    largest: list[int]  # labels from 1, in the order around the polygon

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        points: list[list[int]] = []
        while len(points) < count:  # lines through the points leave most of a grid this wide free
            point = [rng.randrange(2 * count), rng.randrange(2 * count)]
            lines = {_direction(point, other, oriented=False) for other in points if other != point}
            if len(lines) == len(points):
                points.append(point)
        return cls(points=points, largest=[place + 1 for place in _largest(points)])

    def prompt(self) -> str:
        lines = [f"{label}: {x} {y}" for label, (x, y) in enumerate(self.points, 1)]
        return "\n".join(
            [
                "Choose as many points as possible that are all corners of one convex polygon. Give their labels. "
                "The points as label: x y",
                *lines,
            ]
        )

    def solution(self) -> list[int]:
        return self.largest

    def verify(self, answer: list[int]) -> float | None:
        if not 3 <= len(answer) <= len(self.points) or len(set(answer)) < len(answer):
            return None
        if not all(1 <= label <= len(self.points) for label in answer):
            return None
        chosen = sorted(self.points[label - 1] for label in answer)
        # On a hull each of both chains keeps all of its points.
        if len(_chain(chosen)) + len(_chain(chosen[::-1])) - 2 < len(chosen):
            return None
        return scores.at_least(len(answer), len(self.largest))


def _direction(start: list[int], end: list[int], oriented: bool = True) -> tuple[int, int]:
    """The shortest integer vector along start → end; of the two along an unoriented line, the same for both."""
    x, y = end[0] - start[0], end[1] - start[1]
    divisor = gcd(x, y) if oriented or (x, y) > (0, 0) else -gcd(x, y)
    return x // divisor, y // divisor


def _largest(points: list[list[int]]) -> list[int]:
    """Walking around a convex polygon, the directions turn one way: a longest closed chain of edges sorted by angle."""

    def angle(edge: tuple[int, int]) -> float:
        x, y = _direction(points[edge[0]], points[edge[1]])
        return atan2(y, x)

    places = range(len(points))
    edges = sorted(((start, end) for start in places for end in places if start != end), key=angle)
    largest: list[int] = []
    for origin in places:
        chains: dict[int, list[int]] = {origin: []}  # the longest from the origin to each point
        for start, end in edges:
            if start in chains and len(chains[start]) >= len(chains.get(end, ())):
                chains[end] = [*chains[start], end]
        largest = max(largest, chains[origin], key=len)
    return largest


def _chain(points: list[list[int]]) -> list[list[int]]:
    """The points, given in sorted order, that stay when every turn has to go left."""
    chain: list[list[int]] = []
    for x, y in points:
        while len(chain) > 1:
            (x1, y1), (x2, y2) = chain[-2:]
            if (x2 - x1) * (y - y1) > (y2 - y1) * (x - x1):
                break
            chain.pop()
        chain.append([x, y])
    return chain
