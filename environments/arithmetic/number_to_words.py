"""Numbers in words."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Words
from environments.ladder import Ladder, linear
from environments.problem import Problem

_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen | twenty thirty forty fifty sixty seventy eighty ninety | thousand million billion trillion "
    "quadrillion quintillion sextillion septillion octillion nonillion"
)
_SMALL, _TENS, _GROUPS = (names.split() for names in _NAMES.split("|"))


@dataclass(frozen=True)
class NumberToWords(Problem[list[str]]):
    """Write a number in English words."""

    answer = Words("lower-case words")
    ladder = Ladder(digits=linear(2, most=33))
    number: int

    @classmethod
    def generate(cls, rng: Random, digits: int) -> Self:
        return cls(rng.randrange(10 ** (digits - 1), 10**digits))

    def prompt(self) -> str:
        return f"Write {self.number} in American English words, without 'and' and without hyphens."

    def solution(self) -> list[str]:
        groups = f"{self.number:,}".split(",")
        words: list[str] = []
        for group, name in zip(groups, ["", *_GROUPS][len(groups) - 1 :: -1], strict=True):
            hundreds, rest = divmod(int(group), 100)
            words += [_SMALL[hundreds], "hundred"] if hundreds else []
            if rest >= 20:
                words.append(_TENS[rest // 10 - 2])
                rest %= 10
            words += [_SMALL[rest]] if rest else []
            words += [name] if name and int(group) else []
        return words
