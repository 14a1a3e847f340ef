"""Numbers that add up to a target."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SubsetSum(Problem[list[int]]):
    """Choose numbers that add up to a target."""

    answer = Integers()
    ladder = Ladder(count=linear(4))
    numbers: list[int]
    chosen: list[int]

    @classmethod
    def generate(cls, rng: Random, count: int) -> Self:
        """Numbers up to about 4 * 2^(count / 2): smaller ones reach the target in ever more ways."""
        numbers = [rng.randint(1, 4 << count // 2) for _ in range(count)]
        return cls(numbers, sorted(rng.sample(range(count), rng.randint(2, count // 2 + 1))))

    def prompt(self) -> str:
        return (
            f"Choose some of these numbers with sum {sum(self.numbers[place] for place in self.chosen)} and give their "
            f"places, counted from 0: {' '.join(map(str, self.numbers))}"
        )

    def solution(self) -> list[int]:
        return self.chosen

    def verify(self, answer: list[int]) -> float | None:
        if len(set(answer)) != len(answer) or not all(0 <= place < len(self.numbers) for place in answer):
            return None
        wanted = sum(self.numbers[place] for place in self.chosen)
        return scores.exact(sum(self.numbers[place] for place in answer) == wanted)
