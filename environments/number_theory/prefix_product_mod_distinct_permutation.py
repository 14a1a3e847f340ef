from dataclasses import dataclass
from math import gcd
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.number_theory._divisors import primes_up_to
from environments.problem import Problem


@dataclass(frozen=True)
class PrefixProductMODDistinctPermutation(Problem[list[int]]):
    """Complete a permutation whose prefix products are all different modulo its length."""

    answer = Integers()
    ladder = Ladder(sizes=linear(3, most=60), hidden=linear(3))
    values: list[int]  # 0 is hidden
    permutation: list[int]

    @classmethod
    def generate(cls, rng: Random, sizes: int, hidden: int) -> Self:
        size = rng.choice([4, *primes_up_to(300)[2:]][max(0, sizes - 4) : sizes])
        permutation = [1, 3, 2, 4]
        if size > 4:
            # The prefix products are the powers 1, 2^u, 3^u, ..., which are all different, and 0 at last.
            power = rng.choice([u for u in range(1, size) if gcd(u, size - 1) == 1])
            ratios = [i * pow(i - 1, -1, size) for i in range(2, size)]
            permutation = [1, *(pow(ratio, power, size) for ratio in ratios), size]
        places = rng.sample(range(size), min(hidden, size))
        values = [0 if place in places else value for place, value in enumerate(permutation)]
        return cls(values, permutation)

    def prompt(self) -> str:
        size = len(self.values)
        shown = " ".join(str(value or "?") for value in self.values)
        return (
            f"Replace each ? so that this is an order of the numbers 1 to {size} and the products of its first 1, 2, "
            f"..., {size} numbers leave {size} different remainders when divided by {size}. Give all numbers: {shown}"
        )

    def solution(self) -> list[int]:
        return self.permutation

    def verify(self, answer: list[int]) -> float | None:
        size = len(self.values)
        if len(answer) != size or sorted(answer) != [*range(1, size + 1)]:
            return None
        if any(given not in (0, value) for given, value in zip(self.values, answer, strict=True)):
            return None
        product, remainders = 1, set[int]()
        for value in answer:
            product = product * value % size
            remainders.add(product)
        return scores.share(len(remainders), size)
