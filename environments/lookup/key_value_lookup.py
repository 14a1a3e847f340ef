"""Values by key."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class KeyValueLookup(Problem[int]):
    """Find the value that belongs to a key."""

    answer = Integer()
    ladder = Ladder(pairs=linear(3))
    keys: list[str]
    values: list[int]
    wanted: str

    @classmethod
    def generate(cls, rng: Random, pairs: int) -> Self:
        letters = list(ascii_lowercase)
        keys = rng.sample(letters if pairs <= 12 else [a + b for a in letters for b in letters], pairs)
        return cls(keys=keys, values=[rng.randrange(100) for _ in keys], wanted=rng.choice(keys))

    def prompt(self) -> str:
        pairs = [f"{key} = {value}" for key, value in zip(self.keys, self.values, strict=True)]
        return f"What is {self.wanted}: {', '.join(pairs)}"

    def solution(self) -> int:
        return self.values[self.keys.index(self.wanted)]

    def verify(self, answer: int) -> float | None:
        return scores.exact(answer == self.solution()) if answer in self.values else None
