"""Reordering with two stacks."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DoubleStackSorting(Problem[str]):
    """Reorder numbers with two stacks where one would not do."""

    answer = Letters("abcd")
    ladder = Ladder(length=linear(5))
    target: list[int]
    letters: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        for _ in range(30):
            weights = [rng.uniform(1, 3) for _ in "abcd"]
            pushed, letters = 0, ""
            depth = {"b": 0, "d": 0}
            while len(letters) < 2 * length:
                able = [pushed < length, depth["b"] > 0, pushed < length, depth["d"] > 0]
                (letter,) = rng.choices("abcd", [weight * can for weight, can in zip(weights, able, strict=True)])
                letters += letter
                if letter in "ac":
                    pushed += 1
                    depth["bd"["ac".index(letter)]] += 1
                else:
                    depth[letter] -= 1
            target = _output(letters)
            if target is not None and not _one_stack_does(target):
                return cls(target, letters)
        letters = "acabbd" + "ab" * (length - 3)
        return cls(_output(letters) or [], letters)

    def prompt(self) -> str:
        last = len(self.target) - 1
        return (
            f"The numbers 0 to {last} arrive in this order. a puts the next one on stack 1, c on stack 2. b moves the "
            "top of stack 1 to the end of the output, d that of stack 2. Give letters that make the output "
            f"{' '.join(map(str, self.target))}"
        )

    def solution(self) -> str:
        return self.letters

    def verify(self, answer: str) -> float | None:
        output = _output(answer) if len(answer) == 2 * len(self.target) else None
        return None if output is None else scores.positions(output, self.target)


def _output(letters: str) -> list[int] | None:
    """What the letters move to the output, or None where a stack is empty or something stays behind."""
    stacks: dict[str, list[int]] = {"b": [], "d": []}
    pushed, output = 0, list[int]()
    for letter in letters:
        if letter in "ac":
            stacks["b" if letter == "a" else "d"].append(pushed)
            pushed += 1
        elif stacks[letter]:
            output.append(stacks[letter].pop())
        else:
            return None
    return output if 2 * len(output) == len(letters) else None


def _one_stack_does(target: list[int]) -> bool:
    pushed, stack = 0, list[int]()
    for value in target:
        stack += range(pushed, value + 1)
        pushed = max(pushed, value + 1)
        if stack.pop() != value:
            return False
    return True
