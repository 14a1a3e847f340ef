"""Variables in a loop."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LoopTrace(Problem[int]):
    """Tell the value of a variable after a loop."""

    answer = Integer()
    ladder = Ladder(variables=linear(1, 0.34, most=26), repeats=linear(3, 0.5), limit=linear(5, 2))
    start: list[int]
    body: list[str]  # a = a + 3, b = b - a, b = b + i
    repeats: int
    variable: str

    @classmethod
    def generate(cls, rng: Random, variables: int, repeats: int, limit: int) -> Self:
        """A variable takes in earlier ones only, so that values grow slowly."""
        names = ascii_lowercase[:8] + ascii_lowercase[9:]  # i counts the repeats
        body: list[str] = []
        for number in range(variables):
            terms = [str(rng.randint(1, limit)), "i"]
            if number > 0 and rng.random() < 0.8:
                terms = [*names[max(0, number - 2) : number]]
            body.append(f"{names[number]} = {names[number]} {rng.choice('+-')} {rng.choice(terms)}")
        rng.shuffle(body)
        return cls(
            start=[rng.randrange(limit) for _ in range(variables)],
            body=body,
            repeats=rng.randint(2, repeats),
            variable=names[variables - 1],
        )

    def prompt(self) -> str:
        names = [line[0] for line in sorted(self.body)]
        first = [f"{name} = {value}" for name, value in zip(names, self.start, strict=True)]
        return "\n".join(
            [
                f"What is {self.variable} at the end?",
                *first,
                f"for i = 1 to {self.repeats}, both included:",
                *(f"  {line}" for line in self.body),
            ]
        )

    def solution(self) -> int:
        values = {line[0]: value for line, value in zip(sorted(self.body), self.start, strict=True)}
        for values["i"] in range(1, self.repeats + 1):
            for line in self.body:
                name, _, _, sign, term = line.split()
                change = values[term] if term in values else int(term)
                values[name] += change if sign == "+" else -change
        return values[self.variable]
