from dataclasses import dataclass
from fractions import Fraction
from math import factorial
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DivisorFlipExpectation(Problem[int]):
    """Find the expected number of random switches until few enough are left to put out all lights."""

    answer = Integer()
    ladder = Ladder(lights=linear(3))
    lights: str
    patience: int
    expected: int

    @classmethod
    def generate(cls, rng: Random, lights: int) -> Self:
        lights = rng.randint(lights, lights + 1)
        states = [rng.randrange(2) for _ in range(lights)]
        states[rng.randrange(lights)] = 1
        patience = rng.randint(0, (lights + 1) // 2)
        return cls("".join(map(str, states)), patience, _scaled_expectation(states, patience))

    def prompt(self) -> str:
        return (
            f"Lights 1 to {len(self.lights)} are on (1) or off (0): {' '.join(self.lights)}. Switch i flips all lights "
            f"whose numbers divide i. As long as more than {self.patience} presses are needed to put out all lights, "
            "a random switch is pressed; then a shortest way is taken. With E the expected number of presses in all, "
            f"give E * {len(self.lights)}! modulo 1000000007."
        )

    def solution(self) -> int:
        return self.expected

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.expected) if 0 <= answer < 1_000_000_007 else None


def _scaled_expectation(states: list[int], patience: int) -> int:
    size, needed = len(states), 0
    left = [0, *states]
    for switch in range(size, 0, -1):  # the only one that is left to flip the light of its number
        if left[switch]:
            needed += 1
            for light in range(1, switch + 1):
                left[light] ^= switch % light == 0
    if needed <= patience:
        return needed * factorial(size) % 1_000_000_007
    # Steps from i needed switches to i - 1: one time in `size` * i, otherwise back from i + 1 first.
    expected, step = Fraction(patience), Fraction(0)
    for i in range(size, patience, -1):
        step = (size + (size - i) * step) / i
        expected += step if i <= needed else 0
    return int(expected * factorial(size)) % 1_000_000_007
