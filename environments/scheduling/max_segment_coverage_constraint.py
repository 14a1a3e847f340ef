"""Segments that may not crowd."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import distinct
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MaxSegmentCoverageConstraint(Problem[list[int]]):
    """Choose as many segments as possible without crowding some points."""

    answer = Integers()
    ladder = Ladder(segments=linear(4))
    segments: list[list[int]]
    limits: list[list[int]]  # point, how many segments may hold it

    @classmethod
    def generate(cls, rng: Random, segments: int) -> Self:
        drawn: list[list[int]] = []
        for _ in range(segments):
            left = rng.randint(0, 2 * segments)
            drawn.append([left, left + rng.randint(0, segments)])
        drawn[1] = [drawn[0][0], max(drawn[0][0], drawn[1][1])]  # two at least share a point
        cover = {point: sum(a <= point <= b for a, b in drawn) for point in range(3 * segments + 1)}
        crowded = [point for point, count in cover.items() if count > 1]
        points = sorted(rng.sample(crowded, min(len(crowded), rng.randint(segments // 4 + 1, segments // 2 + 1))))
        return cls(drawn, [[point, rng.randint(1, max(1, cover[point] * 2 // 3))] for point in points])

    def prompt(self) -> str:
        limits = ", ".join(f"at most {most} hold point {point}" for point, most in self.limits)
        return "\n".join(
            [
                f"Choose as many segments as possible so that, of those chosen, {limits}. The ends belong to a "
                "segment. Give the segment numbers. Each line is number: left right.",
                *(f"{number}: {left} {right}" for number, (left, right) in enumerate(self.segments)),
            ]
        )

    def solution(self) -> list[int]:
        chosen = list(range(len(self.segments)))
        for point, most in self.limits:
            holding = [number for number in chosen if self.segments[number][0] <= point <= self.segments[number][1]]
            # Those that reach furthest right are in the way of most points to come.
            holding.sort(key=lambda number: self.segments[number][1])
            chosen = [number for number in chosen if number not in holding[most:]]
        return chosen

    def verify(self, answer: list[int]) -> float | None:
        if not distinct(answer, len(self.segments)):
            return None
        spans = [self.segments[number] for number in answer]
        if any(sum(left <= point <= right for left, right in spans) > most for point, most in self.limits):
            return None
        return scores.at_least(len(answer), len(self.solution()))
