from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class IndividualSumBounded_SequenceCounting(Problem[int]):
    """Count the sequences with bounded entries after the first and a bounded sum."""

    answer = Integer()
    ladder = Ladder(total=geometric(12, 1.6), length=linear(3), digits=linear(2, 0.5, most=9))
    total: int
    length: int
    bound: int
    modulus: int
    count: int

    @classmethod
    def generate(cls, rng: Random, total: int, length: int, digits: int) -> Self:
        total = rng.randint(total // 2, total)
        length = rng.randint(2, min(length, total // 3))
        bound = rng.randint(2, (total - 1) // (length - 1))
        modulus = rng.randrange(10 ** (digits - 1), 10**digits)
        # The first entry has total - s choices if the others have the sum s; the sums add up to their mean times all.
        others = length - 1
        count = total * bound**others - others * (bound * (bound + 1) // 2) * bound ** (others - 1)
        return cls(total, length, bound, modulus, count % modulus)

    def prompt(self) -> str:
        return (
            f"How many sequences of {self.length} positive integers have a sum of at most {self.total}, "
            f"where every entry but the first is at most {self.bound}? Give the number modulo {self.modulus}."
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.count) if 0 <= answer < self.modulus else None
