"""Covering every item once."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import distinct
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SetCover(Problem[list[int]]):
    """Choose sets so that every item lies in exactly one of them."""

    answer = Integers()
    ladder = Ladder(items=linear(4))
    items: int
    sets: list[list[int]]
    chosen: list[int]

    @classmethod
    def generate(cls, rng: Random, items: int) -> Self:
        parts: list[list[int]] = [[] for _ in range(rng.randint(2, items // 2))]
        order = rng.sample(range(items), items)
        for place, item in enumerate(order):
            parts[place if place < len(parts) else rng.randrange(len(parts))].append(item)
        sizes = [len(part) for part in parts]
        # The others are as large as the parts, so that size alone tells nothing.
        others = [rng.sample(range(items), rng.choice(sizes)) for _ in range(items // 2 + 1)]
        numbers = rng.sample(range(len(parts) + len(others)), len(parts) + len(others))
        sets = [sorted(members) for _, members in sorted(zip(numbers, parts + others, strict=True))]
        return cls(items, sets, chosen=sorted(numbers[: len(parts)]))

    def prompt(self) -> str:
        return "\n".join(
            [
                f"Choose sets so that each number from 0 to {self.items - 1} is in exactly one chosen set. Give the "
                "numbers of the sets. Each line is number: members.",
                *(f"{number}: {' '.join(map(str, members))}" for number, members in enumerate(self.sets)),
            ]
        )

    def solution(self) -> list[int]:
        return self.chosen

    def verify(self, answer: list[int]) -> float | None:
        if not distinct(answer, len(self.sets)):
            return None
        covered = [member for number in answer for member in self.sets[number]]
        return scores.share(len(covered), self.items) if len(set(covered)) == len(covered) else None
