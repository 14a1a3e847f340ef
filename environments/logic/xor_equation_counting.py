"""How often numbers of a range have a given XOR."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem

MODULUS = 10_000


def tuples(count: int, low: int, high: int, wanted: int) -> int:
    """Tuples of numbers from low to high with the XOR `wanted`, by the Walsh-Hadamard transform."""
    size = 1 << max(high, wanted).bit_length()
    sums = [int(low <= place <= high) for place in range(size)]
    half = 1
    while half < size:
        for start in range(0, size, 2 * half):
            for place in range(start, start + half):
                a, b = sums[place], sums[place + half]
                sums[place], sums[place + half] = a + b, a - b
        half *= 2
    total = 0
    for place, entry in enumerate(sums):
        total += -(entry**count) if (place & wanted).bit_count() % 2 else entry**count
    return total // size


@dataclass(frozen=True)
class XorEquationCounting(Problem[int]):
    """Count the tuples of numbers from a range that have a given XOR."""

    answer = Integer()
    ladder = Ladder(count=linear(2, 0.5, most=7), bits=linear(3, 0.6, most=9))
    count: int
    low: int
    high: int
    wanted: int
    ways: int

    @classmethod
    def generate(cls, rng: Random, count: int, bits: int) -> Self:
        """The equation has a solution, as the wanted XOR is made from numbers of the range."""
        high = rng.randint(2 ** (bits - 1), 2**bits - 1)
        low = rng.randint(0, high - 3)
        wanted = 0
        for _ in range(count):
            wanted ^= rng.randint(low, high)
        return cls(count, low, high, wanted, tuples(count, low, high, wanted) % MODULUS)

    def prompt(self) -> str:
        return (
            f"In how many ways can x1 to x{self.count} be chosen, each an integer from {self.low} to {self.high}, so "
            f"that the bitwise XOR of all is {self.wanted}? Give the number modulo {MODULUS}."
        )

    def solution(self) -> int:
        return self.ways

    def verify(self, answer: int) -> float | None:
        if not 0 <= answer < MODULUS:
            return None
        return 1.0 if answer == self.ways else 0.0
