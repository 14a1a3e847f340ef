from dataclasses import dataclass
from math import lcm
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CRT(Problem[int]):
    """Find an integer with given remainders."""

    answer = Integer()
    ladder = Ladder(congruences=linear(2, 0.5), largest=geometric(6, 1.15, add=1))
    moduli: list[int]
    remainders: list[int]
    smallest: int

    @classmethod
    def generate(cls, rng: Random, congruences: int, largest: int) -> Self:
        multiple = 3 * rng.randint(1, largest // 3)
        moduli = [multiple, *rng.sample([m for m in range(2, largest + 1) if m != multiple], congruences - 1)]
        rng.shuffle(moduli)
        smallest = rng.randrange(lcm(*moduli))
        return cls(moduli, [smallest % modulus for modulus in moduli], smallest)

    def prompt(self) -> str:
        lines = [f"x mod {m} = {r}" for m, r in zip(self.moduli, self.remainders, strict=True)]
        return "\n".join(["Find an integer x of at least 0 for which all of these hold.", *lines])

    def solution(self) -> int:
        return self.smallest

    def verify(self, answer: int) -> float | None:
        if answer < 0:
            return None
        return scores.exact([answer % modulus for modulus in self.moduli] == self.remainders)
