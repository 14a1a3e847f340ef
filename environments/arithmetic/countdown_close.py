"""Numbers combined to land near a target."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import formula
from environments.answers import Expression
from environments.arithmetic._countdown import nearest
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CountdownClose(Problem[str]):
    """Use each number once in a formula whose value is as near to a target as possible."""

    answer = Expression()
    ladder = Ladder(count=linear(3, 0.25, most=4), largest=geometric(8, 1.3))  # five numbers are too many to try all
    numbers: list[int]
    target: int
    formula: str

    @classmethod
    def generate(cls, rng: Random, count: int, largest: int) -> Self:
        numbers = [rng.randint(1, largest) for _ in range(count)]
        target = rng.randint(0, 10 * largest)
        return cls(numbers, target, nearest(numbers, target))

    def prompt(self) -> str:
        return (
            f"Join the numbers {' '.join(map(str, self.numbers))}, each used exactly once and in any order, by + - * / "
            f"and brackets to a formula whose value, possibly a fraction, is as near to {self.target} as possible."
        )

    def solution(self) -> str:
        return self.formula

    def verify(self, answer: str) -> float | None:
        if sorted(formula.numbers(answer)) != sorted(self.numbers):
            return None
        value, best = formula.value(answer), formula.value(self.formula)
        if value is None or best is None:
            return None
        excess = abs(value - self.target) - abs(best - self.target)
        return 1.0 if excess == 0 else float(1 / (2 + 2 * excess))
