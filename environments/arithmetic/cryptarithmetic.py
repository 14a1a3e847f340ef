"""An addition with letters for digits."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Cryptarithmetic(Problem[list[int]]):
    """Find digits for the letters of an addition in some base."""

    answer = Integers()
    ladder = Ladder(base=linear(3, most=26), length=linear(3, 1.5))
    digits: list[int]  # of a, b, c, ...
    left: str
    right: str
    total: str

    @classmethod
    def generate(cls, rng: Random, base: int, length: int) -> Self:
        digits = rng.sample(range(base), base)
        written = {digit: _LETTERS[place] for place, digit in enumerate(digits)}
        left, right = ([rng.randrange(1, base), *(rng.randrange(base) for _ in range(length - 1))] for _ in range(2))
        total, carry = "", 0
        for a, b in zip(left[::-1], right[::-1], strict=True):
            carry, digit = divmod(a + b + carry, base)
            total = written[digit] + total
        first, second = ("".join(written[digit] for digit in number) for number in (left, right))
        return cls(digits, first, second, (written[carry] if carry else "") + total)

    def prompt(self) -> str:
        base = len(self.digits)
        return (
            f"In base {base} the letters a to {_LETTERS[base - 1]} stand for the digits 0 to {base - 1}, each for "
            f"a different one. Give digits of a to {_LETTERS[base - 1]} with {self.left} + {self.right} = {self.total}."
        )

    def solution(self) -> list[int]:
        return self.digits

    def verify(self, answer: list[int]) -> float | None:
        base = len(self.digits)
        if sorted(answer) != [*range(base)]:
            return None
        left, right, total = (
            [answer[_LETTERS.index(letter)] for letter in reversed(number)]
            for number in (self.left, self.right, self.total)
        )
        right_columns, carry = 0, 0
        for a, b, digit in zip(left, right, total, strict=False):
            carry, found = divmod(a + b + carry, base)
            right_columns += found == digit
        right_columns += carry == (total[-1] if len(total) > len(left) else 0)
        return scores.share(right_columns, len(left) + 1, power=3)
