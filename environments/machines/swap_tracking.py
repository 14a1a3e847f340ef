"""Letters that change places."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SwapTracking(Problem[str]):
    """Tell the order of letters after some swaps."""

    answer = Letters()
    ladder = Ladder(letters=linear(3, 0.34, most=26), swaps=linear(1))
    letters: str
    swaps: list[list[int]]  # pairs of positions, from 1

    @classmethod
    def generate(cls, rng: Random, letters: int, swaps: int) -> Self:
        drawn = [sorted(rng.sample(range(1, letters + 1), 2)) for _ in range(swaps)]
        return cls(letters="".join(rng.sample(ascii_lowercase, letters)), swaps=drawn)

    def prompt(self) -> str:
        swaps = ", then those at ".join(f"{a} and {b}" for a, b in self.swaps)
        return f"Exchange the letters at positions {swaps}, counted from 1: {' '.join(self.letters)}"

    def solution(self) -> str:
        letters = list(self.letters)
        for a, b in self.swaps:
            letters[a - 1], letters[b - 1] = letters[b - 1], letters[a - 1]
        return "".join(letters)

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
