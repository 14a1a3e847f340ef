"""A tree of halves."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class FBI_BinaryTree(Problem[str]):
    """Name all parts of a string of digits that halving it makes."""

    answer = Letters("FBI")
    ladder = Ladder(depth=linear(3, 0.5, most=9))
    digits: str

    @classmethod
    def generate(cls, rng: Random, depth: int) -> Self:
        digits = [rng.choice("01")]
        while len(digits) < 1 << depth:
            digits.append(digits[-1] if rng.random() < 0.7 else rng.choice("01"))
        if len(set(digits)) == 1:
            digits[rng.randrange(len(digits))] = "10"[int(digits[0])]
        return cls("".join(digits))

    def prompt(self) -> str:
        return (
            "Name a string of digits: B if all are 0, I if all are 1, else F. List the names of its left half, then of "
            "its right half, each in the same way down to single digits, and then its own name. Do this for "
            f"{' '.join(self.digits)}"
        )

    def solution(self) -> str:
        return _names(self.digits)

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution())


def _names(digits: str) -> str:
    name = "F" if "0" in digits and "1" in digits else "BI"[int(digits[0])]
    half = len(digits) // 2
    return _names(digits[:half]) + _names(digits[half:]) + name if half else name
