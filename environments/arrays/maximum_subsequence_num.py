"""Appending numbers for many subsequences."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Maximum_SubsequenceNum(Problem[list[int]]):
    """Append numbers to a list so that it has as many different subsequences as possible."""

    answer = Integers()
    ladder = Ladder(length=linear(3))
    values: list[int]
    appended: int
    kinds: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        kinds = rng.randint(3, 3 + length // 3)
        return cls([rng.randrange(kinds) for _ in range(length)], appended=length, kinds=kinds)

    def prompt(self) -> str:
        return (
            f"Append {self.appended} numbers from 0 to {self.kinds - 1} to the list so that it then has as many "
            "different subsequences as possible. A subsequence deletes numbers and keeps the order. Give the appended "
            f"numbers: {' '.join(map(str, self.values))}"
        )

    def solution(self) -> list[int]:
        # Appending v doubles the count less what there was before the last v, so the v seen longest ago is best.
        last = {value: place for place, value in enumerate(self.values)}
        order = sorted(range(self.kinds), key=lambda value: last.get(value, -1))
        return [order[place % self.kinds] for place in range(self.appended)]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != self.appended or not all(0 <= value < self.kinds for value in answer):
            return None
        counts = [_subsequences([*self.values, *end]) for end in (answer, self.solution())]
        return scores.at_least(*counts)


def _subsequences(values: list[int]) -> int:
    total, before_last = 1, dict.fromkeys(values, 0)  # with the empty one; the count before each value's last place
    for value in values:
        total, before_last[value] = 2 * total - before_last[value], total
    return total
