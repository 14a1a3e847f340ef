"""A point near to groups of points."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rational
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MinSumDistanceSquare(Problem[Fraction]):
    """Find the point with the least sum of squared distances to the nearest points of groups."""

    answer = Rational()
    ladder = Ladder(points=linear(3))
    groups: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, points: int) -> Self:
        places = rng.sample(range(-2 * points, 2 * points + 1), points)
        count = rng.randint(2, points - 1)
        groups = [[place] for place in places[:count]]
        for place in places[count:]:
            rng.choice(groups).append(place)
        return cls(groups)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Each line is a group of points on the number line. For a number X take from each group the distance "
                "to its nearest point, and sum up the squares of these distances. Which X makes the sum smallest?",
                *(" ".join(map(str, group)) for group in self.groups),
            ]
        )

    def solution(self) -> Fraction:
        # From left to right, each group changes to its next point halfway. The chosen points' mean is a candidate.
        total = sum(min(group) for group in self.groups)
        squares = sum(min(group) ** 2 for group in self.groups)
        count = len(self.groups)
        best, mean = count * squares - total * total, Fraction(total, count)
        changes = [pair for group in self.groups for pair in pairwise(sorted(group))]
        for before, after in sorted(changes, key=sum):
            total += after - before
            squares += after * after - before * before
            if count * squares - total * total < best:
                best, mean = count * squares - total * total, Fraction(total, count)
        return mean

    def verify(self, answer: Fraction) -> float | None:
        return scores.exact(self._sum(answer) == self._sum(self.solution()))

    def _sum(self, x: Fraction) -> Fraction:
        top, below = x.numerator, x.denominator
        return Fraction(sum(min(abs(top - below * place) for place in group) ** 2 for group in self.groups), below**2)
