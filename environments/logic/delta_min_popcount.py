"""How few bits an addition can change."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DeltaMinPopcount(Problem[int]):
    """Find the least number of bits that adding a given number changes."""

    answer = Integer()
    ladder = Ladder(length=linear(7, 2))
    delta: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        """Every answer is as likely: so many signed bits, no two of them beside each other, make the number."""
        changed = rng.randint(1, (length + 1) // 2)
        free = sorted(rng.sample(range(length - changed + 1), changed))
        places = [place + number for number, place in enumerate(free)]
        delta = (1 << places.pop()) + sum(rng.choice((1, -1)) << place for place in places)
        return cls(f"{delta:b}")

    def prompt(self) -> str:
        return (
            f"d is {self.delta} in binary. What is the least number of 1 bits that n XOR (n + d) can have, over all "
            "integers n from 0 on?"
        )

    def solution(self) -> int:
        # Each bit that differs adds or takes away a power of two, so the least number of signed bits of d is wanted.
        delta = int(self.delta, 2)
        return (delta ^ 3 * delta).bit_count()
