"""Cutting a string into palindromes."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class PalindromePartitionCounting(Problem[int]):
    """Count the ways to cut a string into palindromes."""

    answer = Integer()
    ladder = Ladder(length=linear(6))
    text: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        share = rng.uniform(0.2, 0.8)
        return cls("".join("1" if rng.random() < share else "0" for _ in range(length)))

    def prompt(self) -> str:
        return (
            "In how many ways can this be cut into parts that all read the same backwards? One part and parts of one "
            f"digit are fine too: {' '.join(self.text)}"
        )

    def solution(self) -> int:
        ways = [1]
        for end in range(1, len(self.text) + 1):
            parts = ((start, self.text[start:end]) for start in range(end))
            ways.append(sum(ways[start] for start, part in parts if part == part[::-1]))
        return ways[-1]
