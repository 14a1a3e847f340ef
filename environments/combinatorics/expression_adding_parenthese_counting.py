from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, geometric, linear
from environments.problem import Problem


@dataclass(frozen=True)
class Expression_AddingParenthese_Counting(Problem[int]):
    """Count the different values that an expression can get from parentheses."""

    answer = Integer()
    ladder = Ladder(operands=linear(4, 0.5, most=8), largest=geometric(9, 1.35))
    numbers: list[int]
    operators: list[str]
    count: int

    @classmethod
    def generate(cls, rng: Random, operands: int, largest: int) -> Self:
        numbers = [rng.randint(1, largest) for _ in range(operands)]
        # A minus with something after it and a product make the parentheses matter.
        operators = ["-", "*", *rng.choices("+-*", k=operands - 3)]
        rng.shuffle(operators)
        return cls(numbers, operators, len(_values(numbers, operators)))

    def prompt(self) -> str:
        terms = [f"{operator} {number}" for operator, number in zip(self.operators, self.numbers[1:], strict=True)]
        return (
            "Parentheses are added until they alone fix the order of the operations, in every possible way. "
            f"How many different values can this get? {' '.join([str(self.numbers[0]), *terms])}"
        )

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer > 0 else None


def _values(numbers: list[int], operators: list[str]) -> set[int]:
    @cache
    def between(first: int, last: int) -> set[int]:
        found = {numbers[first]} if first == last else set[int]()
        for place in range(first, last):
            for left in between(first, place):
                for right in between(place + 1, last):
                    match operators[place]:
                        case "+":
                            found.add(left + right)
                        case "-":
                            found.add(left - right)
                        case _:
                            found.add(left * right)
        return found

    return between(0, len(numbers) - 1)
