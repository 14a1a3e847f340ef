"""Colours for segments that overlap."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MinimumChromaticNumber_SegmentOverlap(Problem[list[int]]):
    """Colour segments with few colours so that those that share a point differ."""

    answer = Integers()
    ladder = Ladder(segments=linear(4))
    segments: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, segments: int) -> Self:
        problem = cls([])
        for _ in range(12):  # until the first colour that fits, in the order given, does not do
            lefts = [rng.randint(0, 2 * segments) for _ in range(segments)]
            problem = cls([[left, left + rng.randint(0, segments)] for left in lefts])
            if len(set(_first_fit(problem.segments))) > len(set(problem.solution())):
                break
        return problem

    def prompt(self) -> str:
        return "\n".join(
            [
                "Colour the segments with the numbers 0, 1, 2 and so on, with as few different colours as possible. "
                "Segments that share a point, if only an end, need different colours. Give the colours in the order of "
                "the segments. Each line is left right.",
                *(f"{left} {right}" for left, right in self.segments),
            ]
        )

    def solution(self) -> list[int]:
        colours = [0] * len(self.segments)
        ends: list[int] = []  # of each colour, the end of its last segment
        for number in sorted(range(len(self.segments)), key=lambda number: self.segments[number]):
            left, right = self.segments[number]
            colour = next((colour for colour, end in enumerate(ends) if end < left), len(ends))
            ends[colour : colour + 1] = [right]
            colours[number] = colour
        return colours

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.segments) or min(answer) < 0:
            return None
        last: dict[int, int] = {}  # by colour, where its segments so far end
        for (left, right), colour in sorted(zip(self.segments, answer, strict=True)):
            if last.get(colour, -1) >= left:
                return None
            last[colour] = right
        return scores.at_most(len(last), len(set(self.solution())))


def _first_fit(segments: list[list[int]]) -> list[int]:
    """Each segment's least colour that no earlier one it touches has."""
    colours: list[int] = []
    for left, right in segments:
        touched = [colour for colour, (a, b) in zip(colours, segments, strict=False) if a <= right and left <= b]
        colours.append(next(colour for colour in range(len(segments)) if colour not in touched))
    return colours
