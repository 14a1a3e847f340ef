"""Buying land in groups."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LandAcquisition(Problem[list[list[int]]]):
    """Split rectangles into groups whose widest width times longest length sum up to the least."""

    answer = Rows("groups")
    ladder = Ladder(fields=linear(4))
    widths: list[int]
    lengths: list[int]

    @classmethod
    def generate(cls, rng: Random, fields: int) -> Self:
        """Areas are alike, from wide and short to narrow and long: else most fields would lie inside another one."""
        area = fields * fields
        for _ in range(20):
            widths = [max(1, round(area ** rng.random())) for _ in range(fields)]
            lengths = [max(1, round(area / width * rng.uniform(0.7, 1.4))) for width in widths]
            problem = cls(widths, lengths)
            everyone = [*range(1, fields + 1)]
            if problem.verify([everyone]) != 1.0 and problem.verify([[field] for field in everyone]) != 1.0:
                return problem
        return cls([1, *range(1, fields)], [2, *range(fields - 1, 0, -1)])

    def prompt(self) -> str:
        lines = [f"{field}: {w} {h}" for field, (w, h) in enumerate(zip(self.widths, self.lengths, strict=True), 1)]
        return "\n".join(
            [
                "Split the fields into groups. A group costs its largest W times its largest L. Make the sum of all "
                "costs as small as possible. Give the field numbers of each group. Each line is field: W L.",
                *lines,
            ]
        )

    def solution(self) -> list[list[int]]:
        count = len(self.widths)
        kept: list[int] = []  # fields that no other contains, by falling width and so by growing length
        groups: dict[int, list[int]] = {}  # a field that is kept, with those inside it
        for field in sorted(range(count), key=lambda field: (-self.widths[field], -self.lengths[field])):
            if kept and self.lengths[field] <= self.lengths[kept[-1]]:
                groups[kept[-1]].append(field + 1)
            else:
                kept.append(field)
                groups[field] = [field + 1]
        best = [(0, 0)]  # of the first fields that are kept: the least cost, and where the last group starts
        for end in range(1, len(kept) + 1):
            longest = self.lengths[kept[end - 1]]
            best.append(min((best[start][0] + self.widths[kept[start]] * longest, start) for start in range(end)))
        rows: list[list[int]] = []
        end = len(kept)
        while end:
            start = best[end][1]
            rows.append(sorted(field for member in kept[start:end] for field in groups[member]))
            end = start
        return rows[::-1]

    def verify(self, answer: list[list[int]]) -> float | None:
        if sorted(field for group in answer for field in group) != list(range(1, len(self.widths) + 1)):
            return None
        return scores.at_most(self._cost(answer), self._cost(self.solution()))

    def _cost(self, groups: list[list[int]]) -> int:
        return sum(
            max(self.widths[field - 1] for field in group) * max(self.lengths[field - 1] for field in group)
            for group in groups
        )
