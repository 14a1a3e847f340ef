from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RandomRangeMaxExpectation(Problem[list[int]]):
    """Find the expected values of an array after random ranges were filled with their maximum."""

    answer = Integers()
    ladder = Ladder(length=linear(2, 0.5, most=24), rounds=linear(1, 0.25, most=8))
    values: list[int]
    rounds: int
    expected: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int, rounds: int) -> Self:
        values = [rng.randint(0, 2 * length + 2) for _ in range(length)]
        rounds = rng.randint(max(1, rounds - 1), rounds)
        return cls(values, rounds, _scaled_expectations(values, rounds))

    def prompt(self) -> str:
        ranges = len(self.values) * (len(self.values) + 1) // 2
        return (
            f"An array: {' '.join(map(str, self.values))}. {self.rounds} times in a row, one of its {ranges} ranges of "
            "neighbouring entries is drawn at random and all entries of it become its maximum. "
            f"What are the expected final entries, each times {ranges**self.rounds}, modulo 10000?"
        )

    def solution(self) -> list[int]:
        return self.expected

    def verify(self, answer: list[int]) -> float | None:
        if any(not 0 <= value < 10_000 for value in answer):
            return None
        return scores.positions(answer, self.expected, power=3)


def _scaled_expectations(values: list[int], rounds: int) -> list[int]:
    """An entry is the number of thresholds below it; the runs of entries up to a threshold shrink by every draw."""
    size = len(values)
    ranges = [count * (count + 1) // 2 for count in range(size + 1)]
    ways: dict[tuple[int, int], int] = {}  # run, ends included → weighted number of thresholds and draws
    for threshold in range(max(values)):
        start = 0
        for place in range(size + 1):
            if place == size or values[place] > threshold:
                if start < place:
                    ways[start, place - 1] = ways.get((start, place - 1), 0) + 1
                start = place + 1
    for _ in range(rounds):
        after: dict[tuple[int, int], int] = {}
        for (left, right), count in ways.items():
            stays = ranges[right - left + 1] + ranges[left] + ranges[size - 1 - right]
            after[left, right] = after.get((left, right), 0) + count * stays
            for end in range(left, right):
                # Drawn from outside up to `end` on the left, or from the entry after `end` on to the right.
                after[end + 1, right] = after.get((end + 1, right), 0) + count * left
                after[left, end] = after.get((left, end), 0) + count * (size - 1 - right)
        ways = after
    below = [sum(count for (left, right), count in ways.items() if left <= place <= right) for place in range(size)]
    return [(max(values) * ranges[size] ** rounds - count) % 10_000 for count in below]
