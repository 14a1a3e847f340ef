from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, geometric, linear
from environments.number_theory._divisors import is_prime
from environments.problem import Problem


@dataclass(frozen=True)
class ModularInverse(Problem[list[int]]):
    """Find the inverses of several integers modulo a prime."""

    answer = Integers()
    ladder = Ladder(largest=geometric(13, 1.3), count=linear(2, 0.5))
    modulus: int
    numbers: list[int]

    @classmethod
    def generate(cls, rng: Random, largest: int, count: int) -> Self:
        modulus = rng.randint(max(5, largest // 3), largest)
        while not is_prime(modulus):
            modulus += 1
        return cls(modulus, [rng.randrange(2, modulus - 1) for _ in range(count)])

    def prompt(self) -> str:
        return (
            f"The inverse of a is the x from 1 to {self.modulus - 1} for which a * x leaves the remainder 1 "
            f"when divided by {self.modulus}. What are the inverses of {' '.join(map(str, self.numbers))} in order?"
        )

    def solution(self) -> list[int]:
        return [pow(number, -1, self.modulus) for number in self.numbers]

    def verify(self, answer: list[int]) -> float | None:
        if any(not 0 < value < self.modulus for value in answer):
            return None
        return scores.positions(answer, self.solution())
