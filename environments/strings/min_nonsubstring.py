"""What a string does not hold."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MinNonsubstring(Problem[str]):
    """Find the shortest string that does not occur in another one."""

    answer = Letters("ab")
    ladder = Ladder(length=linear(6))
    text: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        share = rng.uniform(0.35, 0.65)
        return cls("".join("a" if rng.random() < share else "b" for _ in range(length)))

    def prompt(self) -> str:
        return (
            "Which is the shortest string of the letters a and b that does not occur, without gaps, in "
            f"{' '.join(self.text)} (of several, the first in dictionary order)?"
        )

    def solution(self) -> str:
        size = 1
        while True:
            for number in range(1 << size):
                word = f"{number:0{size}b}".replace("0", "a").replace("1", "b")
                if word not in self.text:
                    return word
            size += 1
