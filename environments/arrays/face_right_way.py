"""Turning neighbours together."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class FaceRightWay(Problem[list[int]]):
    """Clear a row of digits by flips of a fixed width, with the fewest flips."""

    answer = Integers()
    ladder = Ladder(length=linear(7))
    digits: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        for _ in range(20):
            width = rng.randint(2, length // 2 + 1)
            digits = [0] * length
            places = length - width + 1
            for start in rng.sample(range(places), rng.randint(1, places)):
                digits[start : start + width] = [1 - digit for digit in digits[start : start + width]]
            problem = cls("".join(map(str, digits)))
            if problem.solution()[0] > 1:
                return problem
        return cls("1" * length)

    def prompt(self) -> str:
        return (
            "A flip turns K neighbouring digits over, 0 to 1 and 1 to 0. Choose one K for all flips so that all digits "
            "become 0 with as few flips as possible; if several K need as few, choose the smallest. Give K and then "
            f"the position of the first digit of each flip, counted from 1: {' '.join(self.digits)}"
        )

    def solution(self) -> list[int]:
        plans = [[width, *flips] for width in range(1, len(self.digits) + 1) if (flips := self._flips(width))]
        return min(plans, key=len)

    def _flips(self, width: int) -> list[int]:
        """The flips of this width, each forced by the first digit that is still 1; none if they do not suffice."""
        digits = [digit == "1" for digit in self.digits]
        flips: list[int] = []
        turned = False  # whether the flips that reach this place turn it
        for place, digit in enumerate(digits):
            if flips and place - width + 1 in flips:
                turned = not turned
            if digit != turned:
                if place + width > len(digits):
                    return []
                flips.append(place + 1)
                turned = not turned
        return flips

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) < 2 or not 1 <= answer[0] <= len(self.digits):
            return None
        width, *flips = answer
        if not all(1 <= flip <= len(self.digits) - width + 1 for flip in flips):
            return None
        odd = [flip for flip, times in sorted(Counter(flips).items()) if times % 2]
        best = self.solution()
        if not odd or odd != self._flips(width):
            return None
        if len(answer) > len(best):
            return scores.at_most(len(flips), len(best) - 1)
        return 1.0 if width == best[0] else 0.5
