"""Numbers combined to a target."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import formula, scores
from environments.answers import Expression
from environments.arithmetic._countdown import planted
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class CountdownEqual(Problem[str]):
    """Use each number once in a formula that has a given value."""

    answer = Expression()
    ladder = Ladder(count=linear(3, most=48), largest=linear(8, 4, most=99))
    numbers: list[int]
    target: int
    formula: str

    @classmethod
    def generate(cls, rng: Random, count: int, largest: int) -> Self:
        numbers = [rng.randint(1, largest) for _ in range(count)]
        text, target = planted(rng, numbers, limit=10 * largest)
        rng.shuffle(numbers)
        return cls(numbers, target, text)

    def prompt(self) -> str:
        return (
            f"Join the numbers {' '.join(map(str, self.numbers))}, each used exactly once and in any order, by + - * / "
            f"and brackets to a formula with value {self.target}."
        )

    def solution(self) -> str:
        return self.formula

    def verify(self, answer: str) -> float | None:
        if sorted(formula.numbers(answer)) != sorted(self.numbers):
            return None
        value = formula.value(answer)
        return None if value is None else scores.exact(value == self.target)
