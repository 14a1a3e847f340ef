"""Apples in front at every time."""

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SaladBar(Problem[list[int]]):
    """Find the longest part of a string in which one letter leads from both ends."""

    answer = Integers()
    ladder = Ladder(length=linear(6))
    text: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        for _ in range(20):
            share = rng.uniform(0.4, 0.6)
            problem = cls("".join("p" if rng.random() < share else "j" for _ in range(length)))
            if "p" in problem.text and problem.verify([0, length - 1]) != 1.0:
                first, last = problem.solution()
                if last - first > 1:
                    return problem
        return cls("j" + "p" * (length - 1))

    def prompt(self) -> str:
        return (
            "Find the longest part without gaps in which, read from the left and also read from the right, there are "
            "at every moment at least as many p as j. Give the positions of its first and its last letter, counted "
            "from 0: "
            f"{' '.join(self.text)}"
        )

    def solution(self) -> list[int]:
        leads = [*accumulate((1 if letter == "p" else -1 for letter in self.text), initial=0)]
        best = [0, -1]
        for first in range(len(self.text)):
            highest = leads[first]
            for end in range(first + 1, len(leads)):
                if leads[end] < leads[first]:
                    break
                if leads[end] >= highest:
                    highest = leads[end]
                    if end - 1 - first > best[1] - best[0]:
                        best = [first, end - 1]
        return best

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != 2 or not 0 <= answer[0] <= answer[1] < len(self.text):
            return None
        steps = [1 if letter == "p" else -1 for letter in self.text[answer[0] : answer[1] + 1]]
        if min(accumulate(steps)) < 0 or min(accumulate(reversed(steps))) < 0:
            return None
        first, last = self.solution()
        return scores.at_least(len(steps), last - first + 1)
