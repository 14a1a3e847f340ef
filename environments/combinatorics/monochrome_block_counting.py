from dataclasses import dataclass
from math import isqrt
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric
from environments.problem import Problem


@dataclass(frozen=True)
class MonochromeBlockCounting(Problem[int]):
    """Count the ways to colour the layers of a highest tower of black and white blocks."""

    answer = Integer()
    ladder = Ladder(largest=geometric(12, 1.4, most=1_000))
    black: int
    white: int
    count: int

    @classmethod
    def generate(cls, rng: Random, largest: int) -> Self:
        black, white = rng.randint(3, largest), rng.randint(3, largest)
        layers = (isqrt(8 * (black + white) + 1) - 1) // 2
        total = layers * (layers + 1) // 2
        ways = [1, *[0] * total]  # choices of black layers by their blocks
        for layer in range(1, layers + 1):
            for blocks in range(total, layer - 1, -1):
                ways[blocks] += ways[blocks - layer]
        return cls(black, white, sum(ways[max(0, total - white) : black + 1]))

    def prompt(self) -> str:
        return (
            "A tower has layers of 1, 2, 3, ... blocks from the top down, and each layer is all black or all white. "
            f"There are {self.black} black and {self.white} white blocks. "
            "In how many ways can the layers of a tower of the greatest possible height be coloured?"
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer > 0 else None
