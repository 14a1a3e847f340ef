"""Levelling ground with two sizes of steps."""

from dataclasses import dataclass
from heapq import heapify, heapreplace
from itertools import pairwise
from math import gcd
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class WYRLevelingGround(Problem[int]):
    """Level ground to zero with the fewest operations that raise or lower a block by one of two amounts."""

    answer = Integer()
    ladder = Ladder(length=linear(2))
    heights: list[int]
    a: int
    b: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        a, b = rng.sample(range(1, 2 * length + 1), 2)
        heights = [a * rng.randint(-length, length) + b * rng.randint(-length, length) for _ in range(length)]
        return cls(heights=heights, a=a, b=b)

    def prompt(self) -> str:
        return (
            f"One operation adds {self.a}, -{self.a}, {self.b} or -{self.b} to every number of a block of neighbours. "
            f"How few operations make all numbers 0: {' '.join(map(str, self.heights))}"
        )

    def solution(self) -> int:
        # An operation changes two differences of neighbours by opposite amounts. So each difference is written as
        # a·x + b·y with few |x| + |y|, all x together cancel, then all y do too, and every operation counts twice.
        divisor = gcd(self.a, self.b)
        a, b = self.a // divisor, self.b // divisor
        differences = [(after - before) // divisor for before, after in pairwise([0, *self.heights, 0])]
        pairs = [_cheapest(difference, a, b) for difference in differences]
        surplus = sum(x for x, _ in pairs)
        sign = 1 if surplus > 0 else -1
        cost = sum(abs(x) + abs(y) for x, y in pairs)
        # The cost of a difference is convex in its shifts (x - b, y + a), so the cheapest next shift is always right.
        steps = [(_price(x, y, sign * b, sign * a), x, y) for x, y in pairs]
        heapify(steps)
        for _ in range(abs(surplus) // b):
            price, x, y = steps[0]
            cost += price
            x, y = x - sign * b, y + sign * a
            heapreplace(steps, (_price(x, y, sign * b, sign * a), x, y))
        return cost // 2


def _price(x: int, y: int, b: int, a: int) -> int:
    return abs(x - b) + abs(y + a) - abs(x) - abs(y)


def _cheapest(value: int, a: int, b: int) -> tuple[int, int]:
    """x and y with a·x + b·y == value and the least |x| + |y|, for coprime a and b."""
    # The cost turns only where x or y changes sign, so the best pair is next to x = 0 or next to y = 0.
    x = value * pow(a, -1, b) % b
    y = value * pow(b, -1, a) % a
    near = [(x, (value - a * x) // b), (x - b, (value - a * x) // b + a)]
    near += [((value - b * y) // a, y), ((value - b * y) // a + b, y - a)]
    return min(near, key=lambda pair: abs(pair[0]) + abs(pair[1]))
