"""Reordering with a stack."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class SingleStackSorting(Problem[str]):
    """Reorder numbers with one stack."""

    answer = Letters("ab")
    ladder = Ladder(length=linear(5))
    target: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        for _ in range(20):
            push, pop = rng.uniform(1, 3), rng.uniform(1, 3)
            pushed, stack, target = 0, list[int](), list[int]()
            while len(target) < length:
                if pushed < length and (not stack or rng.random() * (push + pop) < push):
                    stack.append(pushed)
                    pushed += 1
                else:
                    target.append(stack.pop())
            if target not in (sorted(target), sorted(target, reverse=True)):
                return cls(target)
        return cls([1, 0, *range(2, length)])

    def prompt(self) -> str:
        last = len(self.target) - 1
        return (
            f"The numbers 0 to {last} arrive in this order. a puts the next one on top of a stack, b moves the top of "
            "the stack to the end of the output. Give the letters that make the output "
            f"{' '.join(map(str, self.target))}"
        )

    def solution(self) -> str:
        letters, pushed = "", 0
        for value in self.target:
            letters += "a" * (value + 1 - pushed) + "b"
            pushed = max(pushed, value + 1)
        return letters

    def verify(self, answer: str) -> float | None:
        length = len(self.target)
        if len(answer) != 2 * length or answer.count("a") != length:
            return None
        pushed, stack, output = 0, list[int](), list[int]()
        for letter in answer:
            if letter == "a":
                stack.append(pushed)
                pushed += 1
            elif stack:
                output.append(stack.pop())
            else:
                return None
        return scores.positions(output, self.target)
