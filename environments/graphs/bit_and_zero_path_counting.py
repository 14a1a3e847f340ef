"""Paths over numbers that share no bit with the next."""

from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem

_MODULUS = 10000


@dataclass(frozen=True)
class BitAndZero_PathCounting(Problem[int]):
    """Count the paths of growing numbers in which neighbours have no common bit."""

    answer = Integer()
    ladder = Ladder(bits=linear(6))
    start: str  # in binary, no zeros in front
    end: str

    @classmethod
    def generate(cls, rng: Random, bits: int) -> Self:
        for _ in range(8):
            start, end = (
                "1" + "".join(rng.choice("01") for _ in range(length - 1))
                for length in (rng.randint(1, bits // 2), rng.randint(bits - 1, bits))
            )
            if _paths(start, end) not in (0, 1):
                return cls(start, end)
        return cls("1", "1" + "0" * (bits - 1))  # a power of two has many paths to it

    def prompt(self) -> str:
        return (
            "An arc leads from number s to number t if s < t and s AND t, bit by bit, is 0. How many paths lead from "
            f"binary {self.start} to binary {self.end}, modulo {_MODULUS}?"
        )

    def solution(self) -> int:
        return _paths(self.start, self.end)

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if 0 <= answer < _MODULUS else None


def _paths(start: str, end: str) -> int:
    """From the shorter number to the longer one, modulo 10000.

    Numbers grow longer along a path. From the second bit on each bit may be the first bit of one inner number; the
    other numbers have at this bit what `_columns` counts.
    """
    # ways[count]: with so many inner numbers that are longer than what is left of the bits.
    ways = [1]
    higher, lower = end[1 : len(end) - len(start)], end[len(end) - len(start) :]
    for bit in higher:
        after = [0] * (len(ways) + 1)
        for count, number in enumerate(ways):
            after[count] += number * _columns(count, "0", bit)
            after[count + 1] += number * _columns(count, "1", bit)
        ways = [number % _MODULUS for number in after]
    for first, last in zip(start, lower, strict=True):
        ways = [number * _columns(count, first, last) % _MODULUS for count, number in enumerate(ways)]
    return sum(ways) % _MODULUS


@cache
def _columns(length: int, before: str, after: str) -> int:
    """Rows of 0s and 1s of this length without two 1s side by side, also with the bits before and after them."""
    if length == 0:
        return 0 if before == after == "1" else 1
    ones = 0 if before == "1" else _columns(length - 1, "1", after)
    return (_columns(length - 1, "0", after) + ones) % _MODULUS
