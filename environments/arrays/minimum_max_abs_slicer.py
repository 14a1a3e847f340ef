"""Cutting a list of signs into balanced parts."""

from dataclasses import dataclass
from itertools import accumulate, pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Minimum_MaxAbsSlicer(Problem[list[int]]):
    """Cut a list into balanced blocks, with the least labels at their ends."""

    answer = Integers()
    ladder = Ladder(length=linear(6))
    labels: list[int]
    signs: list[int]
    blocks: int
    best: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        labels = rng.sample(range(1, length + 1), length)
        plus = rng.uniform(0.3, 0.7)
        signs = [1 if rng.random() < plus else -1 for _ in range(length)]
        blocks = rng.randint(2, length // 2 + 1)
        return cls(labels, signs, blocks, best=_least_labels(labels, signs, blocks))

    def prompt(self) -> str:
        return (
            f"Cut the positions into {self.blocks} blocks of neighbours, none empty. First make the largest absolute "
            "sum of B over a block as small as possible. Then make A at the end of the first block as small as "
            "possible, then at the end of the second, and so on. Give A at the end of each block.\n"
            f"A: {' '.join(map(str, self.labels))}\nB: {' '.join(map(str, self.signs))}"
        )

    def solution(self) -> list[int]:
        return self.best

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.blocks or not all(1 <= label <= len(self.labels) for label in answer):
            return None
        ends = [self.labels.index(label) for label in answer]
        if ends[-1] != len(self.labels) - 1 or any(a >= b for a, b in pairwise(ends)):
            return None
        return scores.positions(answer, self.best)


def _least_labels(labels: list[int], signs: list[int], blocks: int) -> list[int]:
    sums = [*accumulate(signs, initial=0)]
    length = len(signs)
    bound = abs(sums[-1]) // blocks
    while True:
        # can[k] holds the starts of the tails that k blocks within the bound make up.
        can = [[length]]
        for _ in range(blocks):
            goals = can[-1]
            can.append([s for s in range(length) if any(e > s and -bound <= sums[e] - sums[s] <= bound for e in goals)])
        if 0 in can[blocks]:
            break
        bound += 1
    chosen: list[int] = []
    start = 0
    for left in range(blocks - 1, -1, -1):
        fitting = (e for e in can[left] if e > start and -bound <= sums[e] - sums[start] <= bound)
        start = min(fitting, key=lambda end: labels[end - 1])
        chosen.append(labels[start - 1])
    return chosen
