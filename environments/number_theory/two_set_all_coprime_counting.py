from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.number_theory._divisors import factorise
from environments.problem import Problem


@dataclass(frozen=True)
class TwoSet_AllCoprime_Counting(Problem[int]):
    """Count the ways to give numbers to two people so that numbers of different people are coprime."""

    answer = Integer()
    ladder = Ladder(count=linear(3, most=40), largest=linear(10, 4, most=150))
    numbers: list[int]
    ways: int

    @classmethod
    def generate(cls, rng: Random, count: int, largest: int) -> Self:
        numbers = rng.sample(range(2, largest + 1), count)
        return cls(numbers, _ways(numbers))

    def prompt(self) -> str:
        return (
            "Each of these numbers is given to A, to B or to nobody, so that no number of A has a common divisor "
            f"above 1 with a number of B. A and B may get nothing. In how many ways? {' '.join(map(str, self.numbers))}"
        )

    def solution(self) -> int:
        return self.ways

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.ways) if answer > 0 else None


def _ways(numbers: list[int]) -> int:
    """Number by number, largest primes first; only the owners of primes that come again matter."""
    primes = [set(factorise(number)) for number in sorted(numbers, key=lambda n: sorted(factorise(n))[::-1])]
    names = sorted(set[int]().union(*primes))
    masks = [sum(1 << names.index(prime) for prime in own) for own in primes]
    ways = {(0, 0): 1}  # primes of A, primes of B
    for place, mask in enumerate(masks):
        later = 0
        for other in masks[place + 1 :]:
            later |= other
        after: dict[tuple[int, int], int] = {}
        for (left, right), count in ways.items():
            steps = [(left, right)]
            steps += [(left | mask, right)] * (not right & mask) + [(left, right | mask)] * (not left & mask)
            for step in steps:
                state = (step[0] & later, step[1] & later)
                after[state] = after.get(state, 0) + count
        ways = after
    return sum(ways.values())
