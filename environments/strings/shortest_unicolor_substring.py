"""Breaking up runs of equal digits."""

from dataclasses import dataclass
from itertools import groupby
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ShortestUnicolorSubstring(Problem[str]):
    """Change a few digits so that the longest run of equal digits is short."""

    answer = Letters("01", noun="digits")
    ladder = Ladder(length=linear(6))
    text: str
    changes: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        for _ in range(20):
            share = rng.uniform(0.2, 0.8)
            text = "".join("1" if rng.random() < share else "0" for _ in range(length))
            problem = cls(text, changes=rng.randint(1, length // 3))
            if _longest_run(problem.solution()) < _longest_run(text):
                return problem
        return cls("0" * length, changes=1)

    def prompt(self) -> str:
        return (
            f"Change at most {self.changes} of these digits, 0 to 1 or 1 to 0, so that the longest run of equal "
            f"neighbours is as short as possible. Give all digits afterwards: {' '.join(self.text)}"
        )

    def solution(self) -> str:
        for first in "01":
            alternating = "".join("01"[(place + int(first)) % 2] for place in range(len(self.text)))
            if _differences(alternating, self.text) <= self.changes:
                return alternating
        runs = ["".join(run) for _, run in groupby(self.text)]
        longest = 2
        while sum(len(run) // (longest + 1) for run in runs) > self.changes:
            longest += 1
        return "".join(_broken(run, longest) for run in runs)

    def verify(self, answer: str) -> float | None:
        if len(answer) != len(self.text) or _differences(answer, self.text) > self.changes:
            return None
        return scores.at_most(_longest_run(answer), _longest_run(self.solution()))


def _broken(run: str, longest: int) -> str:
    """A run with a digit changed after every `longest`, but not its last one, which would join the next run."""
    digits = list(run)
    for place in range(longest, len(run), longest + 1):
        digits[place - (place == len(run) - 1)] = "10"[int(run[0])]
    return "".join(digits)


def _longest_run(text: str) -> int:
    return max(len([*run]) for _, run in groupby(text))


def _differences(first: str, second: str) -> int:
    return sum(a != b for a, b in zip(first, second, strict=True))
