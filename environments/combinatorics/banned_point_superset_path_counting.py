from dataclasses import dataclass
from functools import cache
from math import comb
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BannedPointSupersetPathCounting(Problem[int]):
    """Count the paths that add bits to one of three numbers in every step and avoid forbidden points."""

    answer = Integer()
    ladder = Ladder(largest=geometric(3, 1.3, add=1, most=2**20), banned=linear(1, 0.75, most=20))
    target: list[int]
    banned: list[list[int]]
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int, banned: int) -> Self:
        target = [rng.randint(1, largest) for _ in range(3)]
        points: list[list[int]] = []
        for _ in range(banned):
            point = [_part(rng, coordinate) for coordinate in target]
            if point not in ([0, 0, 0], target) and point not in points:
                points.append(point)
        modulus = rng.randrange(1_000, 10_000)
        return cls(target, points, modulus, _paths(target, points) % modulus)

    def prompt(self) -> str:
        points = " ".join(f"({x},{y},{z})" for x, y, z in self.banned) or "none"
        x, y, z = self.target
        return (
            "A step changes one coordinate of a point into a larger number that has all its binary ones and more: "
            "5 can become 7 or 13, not 6. "
            f"How many paths lead from (0,0,0) to ({x},{y},{z}) without visiting a forbidden point? "
            f"Forbidden: {points}. Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None


def _part(rng: Random, number: int) -> int:
    """Some of the binary ones of a number."""
    return sum(1 << bit for bit in range(number.bit_length()) if number >> bit & 1 and rng.randrange(2))


def _paths(target: list[int], banned: list[list[int]]) -> int:
    """To each point the free paths less those whose first forbidden point is an earlier one."""
    points = sorted([*banned, target], key=sum)
    first: list[int] = []
    for place, point in enumerate(points):
        ways = _free_paths(*sorted(coordinate.bit_count() for coordinate in point))
        for earlier, count in zip(points[:place], first, strict=True):
            if all(low & high == low for low, high in zip(earlier, point, strict=True)):
                gained = (high.bit_count() - low.bit_count() for low, high in zip(earlier, point, strict=True))
                ways -= count * _free_paths(*sorted(gained))
        first.append(ways)
    return first[-1]


@cache
def _free_paths(a: int, b: int, c: int) -> int:
    """Step sequences that gain so many bits in each coordinate."""
    if a == b == c == 0:
        return 1
    gains = (a, b, c)
    total = 0
    for place, bits in enumerate(gains):
        for gained in range(1, bits + 1):
            rest = sorted(other - gained if other_place == place else other for other_place, other in enumerate(gains))
            total += comb(bits, gained) * _free_paths(*rest)
    return total
