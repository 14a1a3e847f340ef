from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SegmentMinLengthEqual_Counting(Problem[int]):
    """Count the arrays that can be cut into segments whose minimum is their length."""

    answer = Integer()
    ladder = Ladder(length=linear(4))
    numbers: list[int]
    length: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        # With 1 among the numbers there is at least one such array.
        numbers = [1, *sorted(rng.sample(range(2, length + 1), rng.randint(length // 2, length - 1)))]
        modulus = rng.randrange(1_000, 1_000_000)
        ways = [1]
        for end in range(1, length + 1):
            total = 0
            for segment in numbers:
                if segment <= end:
                    enough = sum(number >= segment for number in numbers)
                    total += ways[end - segment] * (enough**segment - (enough - 1) ** segment)
            ways.append(total % modulus)
        return cls(numbers, length, modulus, ways[-1])

    def prompt(self) -> str:
        return (
            f"An array of {self.length} numbers, each one of {' '.join(map(str, self.numbers))}, is good if it can be "
            "cut into pieces of neighbouring numbers so that the minimum of every piece is the piece's length. "
            f"How many arrays are good? Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None
