"""The next palindromic number."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class NextPalindromic(Problem[int]):
    """Find the next integer that reads the same both ways."""

    answer = Integer()
    ladder = Ladder(digits=linear(2))
    number: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        return cls(rng.randrange(10 ** (digits - 1), 10**digits))

    def prompt(self) -> str:
        return f"What is the smallest integer above {self.number} whose digits read the same both ways?"

    def solution(self) -> int:
        digits = str(self.number + 1)
        half, odd = (len(digits) + 1) // 2, len(digits) % 2
        head = digits[:half]
        mirrored = int(head + head[::-1][odd:])
        if mirrored > self.number:
            return mirrored
        head = str(int(head) + 1)  # never longer: after a head of nines the mirrored number is large enough
        return int(head + head[::-1][odd:])
