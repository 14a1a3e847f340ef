"""Formulas with brackets."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import formula
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ArithmeticExpression(Problem[int]):
    """Work out a formula of additions, subtractions, multiplications and brackets."""

    answer = Integer()
    ladder = Ladder(numbers=linear(2, most=48), largest=linear(9, 2))
    formula: str

    @classmethod
    def generate(cls, rng: Random, numbers: int, largest: int) -> Self:
        limit = 10 * largest * largest  # of the size of a product

        def grown(count: int) -> tuple[str, int]:
            """A formula of `count` numbers and its value; no side is longer than three quarters, so depth stays low."""
            if count == 1:
                number = rng.randint(1, largest)
                return str(number), number
            part = rng.randint(max(1, count // 4), min(count - 1, count - count // 4))
            (left, a), (right, b) = grown(part), grown(count - part)
            operator = rng.choice("+-*" if abs(a * b) <= limit else "+-")
            value = a + b if operator == "+" else a - b if operator == "-" else a * b
            return formula.combined(left, operator, right), value

        return cls(grown(numbers)[0])

    def prompt(self) -> str:
        return f"What is {self.formula}?"

    def solution(self) -> int:
        value = formula.value(self.formula)
        assert value is not None and value.denominator == 1
        return value.numerator
