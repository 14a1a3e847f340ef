"""The legs of animals."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem

_LEGS = {
    "cows": 4,
    "hens": 2,
    "dogs": 4,
    "ants": 6,
    "spiders": 8,
    "ducks": 2,
    "cats": 4,
    "bees": 6,
    "horses": 4,
    "snakes": 0,
    "crabs": 10,
    "geese": 2,
    "beetles": 6,
    "sheep": 4,
    "scorpions": 8,
    "lions": 4,
    "butterflies": 6,
    "ostriches": 2,
    "lobsters": 10,
    "mice": 4,
}


@dataclass(frozen=True)
class LegCounting(Problem[int]):
    """Add up the legs of animals."""

    answer = Integer()
    ladder = Ladder(kinds=linear(2, 0.5, most=20), largest=geometric(4, 1.3, add=1))
    counts: dict[str, int]

    @classmethod
    def generate(cls, rng: Random, kinds: int, largest: int) -> Self:
        """The first levels know the first few kinds of animals only."""
        animals = rng.sample(list(_LEGS)[: kinds + 2], kinds)
        return cls(counts={animal: rng.randint(2, largest) for animal in animals})

    def prompt(self) -> str:
        *others, last = [f"{count} {animal}" for animal, count in self.counts.items()]
        return f"How many legs have {', '.join(others)} and {last} together?"

    def solution(self) -> int:
        return sum(_LEGS[animal] * count for animal, count in self.counts.items())
