"""Letters for the digits of a base."""

from dataclasses import dataclass
from itertools import combinations_with_replacement
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class AdditionTable(Problem[list[int]]):
    """Find the base and the digits that letters stand for from all sums of two of them."""

    answer = Integers()
    ladder = Ladder(base=linear(5, most=26))
    digits: list[int]  # of a, b, c, ...

    @classmethod
    def generate(cls, rng: Random, base: int) -> Self:
        return cls(rng.sample(range(base), base))

    def prompt(self) -> str:
        base, letters = len(self.digits), "abcdefghijklmnopqrstuvwxyz"
        written = {digit: letters[place] for place, digit in enumerate(self.digits)}
        sums: list[str] = []
        for first, second in combinations_with_replacement(range(base), 2):
            high, low = divmod(self.digits[first] + self.digits[second], base)
            sums.append(f"{letters[first]}+{letters[second]}={written[high] if high else ''}{written[low]}")
        return (
            f"The letters a to {letters[base - 1]} are all the digits of a base, in some order. "
            f"Give the base and then the digits that a to {letters[base - 1]} stand for.\n{' '.join(sums)}"
        )

    def solution(self) -> list[int]:
        return [len(self.digits), *self.digits]

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.digits) + 1 or sorted(answer[1:]) != [*range(len(self.digits))]:
            return None
        return scores.positions(answer, self.solution(), power=3) if answer[0] == len(self.digits) else 0.0
