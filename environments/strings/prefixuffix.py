"""Prefixes and suffixes that are rotations of each other."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Prefixuffix(Problem[int]):
    """Find the longest prefix that is a rotation of the suffix of its length."""

    answer = Integer()
    ladder = Ladder(length=linear(6))
    text: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        wanted = rng.randint(0, length // 2)
        problem = cls._draw(rng, length, wanted)
        for _ in range(10):
            if problem.solution() == wanted:
                break
            problem = cls._draw(rng, length, wanted)
        return problem

    @classmethod
    def _draw(cls, rng: Random, length: int, wanted: int) -> Self:
        start = rng.choices("abc", k=wanted)
        cut = rng.randint(0, wanted)
        middle = rng.choices("abc", k=length - 2 * wanted)
        return cls("".join([*start, *middle, *start[cut:], *start[:cut]]))

    def prompt(self) -> str:
        return (
            "A rotation moves some letters, or none, from the front to the end. What is the largest L, at most half "
            "the length, for which the last L letters are a rotation of the first L (0 if none is): "
            f"{' '.join(self.text)}"
        )

    def solution(self) -> int:
        lengths = range(len(self.text) // 2, 0, -1)
        return next((n for n in lengths if self.text[-n:] in self.text[:n] * 2), 0)
