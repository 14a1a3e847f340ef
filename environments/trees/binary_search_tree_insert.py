"""A search tree as it grows."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.scores import positions


@dataclass(frozen=True)
class BinarySearchTreeInsert(Problem[list[int]]):
    """Insert numbers into a binary search tree and list it in postorder."""

    answer = Integers()
    ladder = Ladder(numbers=linear(5), largest=linear(20, 5))
    numbers: list[int]

    @classmethod
    def generate(cls, rng: Random, numbers: int, largest: int) -> Self:
        return cls(rng.sample(range(1, largest), numbers))

    def prompt(self) -> str:
        return (
            "Insert these numbers in this order into an empty binary search tree that is never rebalanced. What is "
            f"its postorder (left, right, root)? {' '.join(map(str, self.numbers))}"
        )

    def solution(self) -> list[int]:
        def postorder(numbers: list[int]) -> list[int]:
            if not numbers:
                return []
            root, *rest = numbers
            left, right = [n for n in rest if n < root], [n for n in rest if n > root]
            return [*postorder(left), *postorder(right), root]

        return postorder(self.numbers)

    def verify(self, answer: list[int]) -> float | None:
        return positions(answer, self.solution()) if sorted(answer) == sorted(self.numbers) else None
