"""Sets of strings without prefixes."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class ZeroPrefixSubsetCounting(Problem[int]):
    """Count the sets of strings in which none is the beginning of another one."""

    answer = Integer()
    ladder = Ladder(strings=linear(5))
    strings: list[str]

    @classmethod
    def generate(cls, rng: Random, strings: int) -> Self:
        drawn: list[str] = []
        for _ in range(20 * strings):
            if drawn and rng.randrange(2):
                longer = rng.choice(drawn)
                word = longer + "".join(rng.choices("ab", k=rng.randint(1, 2)))
            else:
                word = "".join(rng.choices("ab", k=rng.randint(1, 2 + strings.bit_length())))
            if word not in drawn and len(drawn) < strings:
                drawn.append(word)
        rng.shuffle(drawn)
        return cls(drawn)

    def prompt(self) -> str:
        return (
            "How many sets can be chosen from these strings, with at least one string each, so that no string in a set "
            f"is the beginning of another string in it: {' '.join(self.strings)}"
        )

    def solution(self) -> int:
        # A string stands alone or gives way to any sets of those that it begins. Longer strings come first.
        ways: dict[str, int] = {"": 1}
        for word in sorted(self.strings, key=len, reverse=True):
            beginnings = [word[:size] for size in range(len(word) - 1, -1, -1)]
            parent = next(start for start in beginnings if start in self.strings or not start)
            ways[parent] = ways.get(parent, 1) * (ways.get(word, 1) + 1)
        return ways[""] - 1
