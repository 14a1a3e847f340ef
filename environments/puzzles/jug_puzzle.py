"""Jugs without marks."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Rows
from environments.ladder import Ladder, linear
from environments.problem import Problem


def poured(volumes: tuple[int, ...], capacities: list[int], source: int, target: int) -> tuple[int, ...]:
    """The volumes after pouring from one jug into another, from 1 on; 0 is the tap and the drain."""
    after = list(volumes)
    if source == 0:
        after[target - 1] = capacities[target - 1]
    elif target == 0:
        after[source - 1] = 0
    else:
        amount = min(volumes[source - 1], capacities[target - 1] - volumes[target - 1])
        after[source - 1] -= amount
        after[target - 1] += amount
    return tuple(after)


@dataclass(frozen=True)
class JugPuzzle(Problem[list[list[int]]]):
    """Measure a volume with jugs that have no marks."""

    answer = Rows("pairs")
    ladder = Ladder(jugs=linear(2, 0.5, most=9), largest=linear(9, 3, most=51), steps=linear(2, most=16))
    capacities: list[int]
    target: int
    steps: list[list[int]]

    @classmethod
    def generate(cls, rng: Random, jugs: int, largest: int, steps: int) -> Self:
        """The target is one of the volumes that were new last in a search that follows six states at a time."""
        capacities = rng.sample(range(2, largest + 1), jugs)
        pairs = [(a, b) for a in range(jugs + 1) for b in range(jugs + 1) if a != b]
        start = (0,) * jugs
        ways: dict[tuple[int, ...], list[list[int]]] = {start: []}
        first: dict[int, tuple[int, ...]] = {}  # volume -> the state in which it appeared
        level = [start]
        for _ in range(steps):
            following: list[tuple[int, ...]] = []
            for state in level:
                for source, target in pairs:
                    after = poured(state, capacities, source, target)
                    if after not in ways:
                        ways[after] = [*ways[state], [source, target]]
                        following.append(after)
                        for volume in after:
                            first.setdefault(volume, after)
            level = rng.sample(following, min(6, len(following)))
        volumes = [volume for volume in first if volume > 0 and volume not in capacities]
        target = rng.choice(volumes[-3:] or capacities)
        return cls(capacities, target, ways[first[target]])

    def prompt(self) -> str:
        return (
            f"Empty jugs 1 to {len(self.capacities)} hold {' '.join(map(str, self.capacities))} liters. A move a b "
            "pours from jug a into jug b until a is empty or b is full; 0 b fills jug b from the tap, a 0 empties jug "
            f"a. Find moves after which some jug holds {self.target} liters."
        )

    def solution(self) -> list[list[int]]:
        return self.steps

    def verify(self, answer: list[list[int]]) -> float | None:
        volumes = (0,) * len(self.capacities)
        for move in answer:
            if len(move) != 2 or move[0] == move[1] or not all(0 <= jug <= len(volumes) for jug in move):
                return None
            volumes = poured(volumes, self.capacities, *move)
        return 1.0 if self.target in volumes else 0.0
