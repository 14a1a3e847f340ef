"""Terms of recurrences."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.algebra._polynomials import summed
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RecurrenceTerm(Problem[int]):
    """Find a term of a linear recurrence from the first ones."""

    answer = Integer()
    ladder = Ladder(order=linear(1, 0.34), steps=linear(2, 0.5))
    first: list[int]
    factors: list[int]  # of a(n-1), a(n-2), ...
    constant: int
    index: int

    @classmethod
    def generate(cls, rng: Random, order: int, steps: int) -> Self:
        factors = [rng.choice((-2, -1, 1, 2, 3)) for _ in range(order)]
        first = [rng.randint(0, 9) for _ in range(order)]
        return cls(first, factors, rng.randint(-9, 9), order + steps)

    def prompt(self) -> str:
        order = len(self.first)
        known = ", ".join(f"a({place}) = {term}" for place, term in enumerate(self.first, 1))
        names = [*(f"a(n-{back})" for back in range(1, order + 1)), ""]
        rule = summed(zip([*self.factors, self.constant], names, strict=True))
        return f"Let {known} and a(n) = {rule} for n > {order}. What is a({self.index})?"

    def solution(self) -> int:
        terms = list(self.first)
        while len(terms) < self.index:
            latest = terms[: -len(self.factors) - 1 : -1]
            terms.append(sum(a * b for a, b in zip(self.factors, latest, strict=True)) + self.constant)
        return terms[-1]
