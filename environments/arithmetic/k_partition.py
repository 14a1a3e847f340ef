"""Groups of equal sums."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class KPartition(Problem[list[list[int]]]):
    """Split numbers into groups of equal size and equal sum."""

    answer = Rows("groups")
    ladder = Ladder(groups=linear(2), largest_group=linear(3, 0.5, most=5))
    numbers: list[int]
    groups: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, groups: int, largest_group: int) -> Self:
        size = rng.randint(3, largest_group)
        total = rng.randint(4 * size, size * (size + 1) * groups)
        drawn: list[list[int]] = []
        for _ in range(groups):
            cuts = [0, *sorted(rng.sample(range(1, total), size - 1)), total]
            drawn.append([cuts[place + 1] - cuts[place] for place in range(size)])
        numbers = [number for group in drawn for number in group]
        rng.shuffle(numbers)
        return cls(numbers, drawn)

    def prompt(self) -> str:
        return (
            f"Split these numbers into {len(self.groups)} groups of {len(self.groups[0])} with equal sums: "
            f"{' '.join(map(str, self.numbers))}"
        )

    def solution(self) -> list[list[int]]:
        return self.groups

    def verify(self, answer: list[list[int]]) -> float | None:
        if len(answer) != len(self.groups) or any(len(group) != len(self.groups[0]) for group in answer):
            return None
        if sorted(number for group in answer for number in group) != sorted(self.numbers):
            return None
        return scores.exact(len({sum(group) for group in answer}) == 1)
