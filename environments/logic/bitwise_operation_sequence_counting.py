"""How many rows of ands and ors have a given result."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class BitwiseOperationSequenceCounting(Problem[int]):
    """Count the choices of ands and ors that lead from zero to a given word."""

    answer = Integer()
    ladder = Ladder(count=linear(4), width=linear(2, 0.25))
    words: list[str]
    target: str

    @classmethod
    def generate(cls, rng: Random, count: int, width: int) -> Self:
        """The target is what a few random choices come to, the one that most other choices share with it."""
        words = [rng.getrandbits(width) for _ in range(count)]
        found: list[int] = []
        for _ in range(3):
            result = 0
            for word in words:
                result = result & word if rng.randrange(2) else result | word
            found.append(result)
        texts = [f"{word:0{width}b}" for word in (*words, *found)]
        problems = [cls(texts[:count], target) for target in texts[count:]]
        return max(problems, key=lambda problem: problem.solution())

    def prompt(self) -> str:
        return "\n".join(
            [
                "Start with a word of 0s and combine it with the words below in their order, each bit by bit with AND "
                f"or with OR as you choose. How many of the {2 ** len(self.words)} rows of choices end with "
                f"{self.target}?",
                *self.words,
            ]
        )

    def solution(self) -> int:
        # A choice for each word, AND as 1, the last word's first, makes a number. A column of bits, read in the same
        # way, is a number too, and its result is 1 exactly where the choices are the smaller number.
        low, high = 0, 2 ** len(self.words)
        for place, wanted in enumerate(self.target):
            bits = int("".join(word[place] for word in self.words[::-1]), 2)
            if wanted == "1":
                high = min(high, bits)
            else:
                low = max(low, bits)
        return max(0, high - low)

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer >= 0 else None
