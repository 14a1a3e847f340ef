from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MatrixRMQCounting(Problem[int]):
    """Count the matrices with given maxima of rectangles."""

    answer = Integer()
    ladder = Ladder(rectangles=linear(2, 0.5, most=8), side=linear(2, most=30), largest=linear(3, 2, most=59))
    height: int
    width: int
    largest: int
    rectangles: list[list[int]]  # first row, last row, first column, last column, maximum
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, rectangles: int, side: int, largest: int) -> Self:
        height, width, largest = rng.randint(2, side), rng.randint(2, side + 1), rng.randint(2, largest)
        matrix = [[rng.randint(1, largest) for _ in range(width)] for _ in range(height)]
        drawn: list[list[int]] = []
        for _ in range(rectangles):
            top, bottom = sorted(rng.choices(range(height), k=2))
            left, right = sorted(rng.choices(range(width), k=2))
            maximum = max(max(row[left : right + 1]) for row in matrix[top : bottom + 1])
            drawn.append([top + 1, bottom + 1, left + 1, right + 1, maximum])
        modulus = rng.randrange(10_000, 1_000_000)
        return cls(height, width, largest, drawn, modulus, _matrices(height, width, largest, drawn, modulus))

    def prompt(self) -> str:
        lines = [f"rows {a} to {b}, columns {c} to {d}: {maximum}" for a, b, c, d, maximum in self.rectangles]
        question = (
            f"How many matrices of {self.height} rows and {self.width} columns with entries from 1 to {self.largest} "
            f"have exactly these maxima in these parts? Give the number modulo {self.modulus}."
        )
        return "\n".join([question, *lines])

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None


def _matrices(height: int, width: int, largest: int, rectangles: list[list[int]], modulus: int) -> int:
    """Maximum by maximum: a cell belongs to the smallest maximum of its rectangles, which no other one concerns."""
    cells = [(_cells(rectangle, width), rectangle[4]) for rectangle in rectangles]
    ways, taken = 1, 0
    for maximum in sorted({maximum for _, maximum in cells}):
        own = [mask & ~taken for mask, other in cells if other == maximum]
        union = 0
        for mask in own:
            union |= mask
        taken |= union
        # The rectangles that miss their maximum hold smaller entries only, by inclusion and exclusion.
        missing = {0: 1}
        for mask in own:
            after = dict(missing)
            for low, sign in missing.items():
                after[low | mask] = after.get(low | mask, 0) - sign
            missing = after
        area = union.bit_count()
        ways *= sum(
            sign * pow(maximum - 1, low.bit_count(), modulus) * pow(maximum, area - low.bit_count(), modulus)
            for low, sign in missing.items()
        )
    return ways * pow(largest, height * width - taken.bit_count(), modulus) % modulus


def _cells(rectangle: list[int], width: int) -> int:
    top, bottom, left, right, _ = rectangle
    row = ((1 << (right - left + 1)) - 1) << (left - 1)
    return sum(row << (y * width) for y in range(top - 1, bottom))
