"""Who stands behind whom."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class KingSorting(Problem[list[int]]):
    """Line people up so that the largest of their shares is smallest."""

    answer = Integers()
    ladder = Ladder(people=linear(3), largest=linear(9, 3))
    first: int
    a: list[int]
    b: list[int]

    @classmethod
    def generate(cls, rng: Random, people: int, largest: int) -> Self:
        problem = cls._draw(rng, people, largest)
        for _ in range(20):
            if problem.verify([*range(1, people + 1)]) != 1.0:
                break
            problem = cls._draw(rng, people, largest)  # the given order would do
        return problem

    @classmethod
    def _draw(cls, rng: Random, people: int, largest: int) -> Self:
        a, b = ([rng.randint(1, largest) for _ in range(people)] for _ in range(2))
        return cls(rng.randint(1, largest), a, b)

    def prompt(self) -> str:
        lines = [f"{person}: {a} {b}" for person, (a, b) in enumerate(zip(self.a, self.b, strict=True), 1)]
        return "\n".join(
            [
                f"People line up behind a king whose A is {self.first}. A person gets the product of the A of everyone "
                "in front, the king too, divided by their own B and rounded down. Make the largest amount that anyone "
                "gets as small as possible. Give the people from front to back. Each line is person: A B.",
                *lines,
            ]
        )

    def solution(self) -> list[int]:
        # Of two that follow each other, the one with the smaller product A * B stands better in front.
        return sorted(range(1, len(self.a) + 1), key=lambda person: self.a[person - 1] * self.b[person - 1])

    def verify(self, answer: list[int]) -> float | None:
        if sorted(answer) != list(range(1, len(self.a) + 1)):
            return None
        return scores.at_most(self._largest(answer), self._largest(self.solution()))

    def _largest(self, order: list[int]) -> int:
        product, largest = self.first, 0
        for person in order:
            largest = max(largest, product // self.b[person - 1])
            product *= self.a[person - 1]
        return largest
