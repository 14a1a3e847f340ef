"""A list that is changed step by step."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem

_KINDS = (
    "put {number} at the end",
    "put {number} at the front",
    "reverse the list",
    "move the first number to the end",
    "put {number} at position {place}",
    "remove the last number",
    "remove the number at position {place}",
    "to every number add {number}",
)


@dataclass(frozen=True)
class ListOperations(Problem[list[int]]):
    """Tell a list after some operations on it."""

    answer = Integers()
    ladder = Ladder(length=linear(2, 0.25), operations=linear(1), kinds=linear(4, 0.5, most=8))
    values: list[int]
    operations: list[str]

    @classmethod
    def generate(cls, rng: Random, length: int, operations: int, kinds: int) -> Self:
        size = length
        drawn: list[str] = []
        for _ in range(operations):
            number, place = rng.randrange(10), rng.randint(1, size)
            kind = rng.choice(_KINDS[: min(kinds, 8 if size > 2 else 5)])  # removals only where two numbers stay
            size += kind.startswith("put") - kind.startswith("remove")
            drawn.append(kind.format(number=number, place=place))
        return cls(values=[rng.randrange(10) for _ in range(length)], operations=drawn)

    def prompt(self) -> str:
        return "\n".join(
            [
                f"Begin with the list {' '.join(map(str, self.values))}. Positions are counted from 1. What is the "
                "list after these steps?",
                *self.operations,
            ]
        )

    def solution(self) -> list[int]:
        values = list(self.values)
        for operation in self.operations:
            words = operation.split()
            last = int(words[-1]) if words[-1].isdigit() else 0
            if operation.startswith("put"):
                place = len(values) if words[-1] == "end" else max(last - 1, 0)
                values.insert(place, int(words[1]))
            elif operation.startswith("remove"):
                del values[last - 1]  # position 0 is the last number
            elif operation == "reverse the list":
                values.reverse()
            elif operation == "move the first number to the end":
                values.append(values.pop(0))
            else:
                values = [value + last for value in values]
        return values

    def verify(self, answer: list[int]) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
