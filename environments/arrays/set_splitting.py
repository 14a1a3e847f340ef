"""Splitting sets."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.arrays._indices import distinct
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SetSplitting(Problem[list[int]]):
    """Choose elements so that every set holds both a chosen one and one that is not."""

    answer = Integers()
    ladder = Ladder(elements=linear(5), sets=linear(6, 2.4))
    sets: list[list[int]]
    elements: int
    chosen: list[int]

    @classmethod
    def generate(cls, rng: Random, elements: int, sets: int) -> Self:
        order = rng.sample(range(elements), elements)
        count = rng.randint(elements // 3 + 1, elements // 2)
        chosen, others = order[:count], order[count:]
        drawn: list[list[int]] = []
        for size in rng.choices((2, 3), (1, 5), k=sets):  # pairs alone would settle nearly all elements
            members = [rng.choice(chosen), rng.choice(others)]
            members += [element for element in rng.sample(order, size) if element not in members][: size - 2]
            drawn.append(sorted(members))
        return cls(drawn, elements, sorted(chosen))

    def prompt(self) -> str:
        sets = ", ".join(" ".join(map(str, members)) for members in self.sets)
        return (
            f"Choose numbers from 0 to {self.elements - 1} so that each of these sets has at least one chosen number "
            f"and at least one that is not chosen: {sets}"
        )

    def solution(self) -> list[int]:
        return self.chosen

    def verify(self, answer: list[int]) -> float | None:
        if not distinct(answer, self.elements):
            return None
        chosen = {*answer}
        split = sum(0 < sum(element in chosen for element in members) < len(members) for members in self.sets)
        return scores.share(split, len(self.sets))
