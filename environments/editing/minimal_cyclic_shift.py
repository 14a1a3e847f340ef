"""The least rotation of a string."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class MinimalCyclicShift(Problem[str]):
    """Find the rotation of a binary string that comes first in lexicographical order."""

    answer = Letters("01", "digits")
    ladder = Ladder(length=linear(8))
    bits: str

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        share = rng.uniform(0.3, 0.7)
        bits = "".join("1" if rng.random() < share else "0" for _ in range(length))
        if (bits + bits[0]).count("01") < 2:  # sorting the digits would give the answer
            start = rng.randrange(length)
            bits = "0101" + bits[4:]
            bits = bits[start:] + bits[:start]
        return cls(bits=bits)

    def prompt(self) -> str:
        return (
            "A rotation moves some digits, maybe none, from the front to the end in the same order. Which rotation of "
            f"these digits is the smallest as a binary number: {spaced(self.bits)}"
        )

    def solution(self) -> str:
        bits, length = self.bits * 2, len(self.bits)
        first, second, same = 0, 1, 0  # two starts, whose rotations agree in `same` digits
        while second < length and same < length:
            if bits[first + same] == bits[second + same]:
                same += 1
                continue
            if bits[first + same] > bits[second + same]:
                # No start from first to first + same is best: each loses to the start as far behind second.
                first, second = second, max(second + 1, first + same + 1)
            else:
                second += same + 1
            same = 0
        return bits[first : first + length]

    def verify(self, answer: str) -> float | None:
        if len(answer) != len(self.bits) or answer not in self.bits * 2:
            return None
        return scores.exact(answer == self.solution())
