"""Letters and counts, written out."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RunLengthDecode(Problem[str]):
    """Write every letter as often as the count after it says."""

    answer = Letters()
    ladder = Ladder(runs=linear(2, 0.5), longest=linear(3, 0.5, most=9))
    code: str  # a3b1

    @classmethod
    def generate(cls, rng: Random, runs: int, longest: int) -> Self:
        return cls(code="".join(rng.choice(ascii_lowercase) + str(rng.randint(1, longest)) for _ in range(runs)))

    def prompt(self) -> str:
        return f"Write each letter as often as the number after it says: {spaced(self.code)}"

    def solution(self) -> str:
        return "".join(letter * int(count) for letter, count in zip(self.code[::2], self.code[1::2], strict=True))

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
