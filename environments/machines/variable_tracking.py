"""The value of a variable after some assignments."""

from dataclasses import dataclass
from random import Random
from string import ascii_lowercase
from typing import Self

from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class VariableTracking(Problem[int]):
    """Follow assignments and tell the value of a variable."""

    answer = Integer()
    ladder = Ladder(assignments=linear(2), variables=linear(2, 0.34, most=26), limit=linear(5, 5))
    assignments: list[str]  # x = 3, x = y, x = y + 3, x = y - z
    variable: str

    @classmethod
    def generate(cls, rng: Random, assignments: int, variables: int, limit: int) -> Self:
        names = rng.sample(ascii_lowercase, variables)
        known = [names[0]]
        computed: list[str] = []  # variables whose value is not written anywhere
        lines = [f"{names[0]} = {rng.randrange(limit)}"]
        for number in range(1, assignments):
            other = rng.choice(known)
            name = rng.choice([x for x in names if x != other])
            kind = rng.choices(("number", "copy", "constant", "self", "variable"), (1, 1, 3, 2, 1))[0]
            if kind == "self":
                name, kind = other, "constant"
            if kind == "constant" or (number == assignments - 1 and all(x == name for x in computed)):
                value = f"{other} {rng.choice('+-')} {rng.randint(1, limit)}"
            elif kind == "variable":
                value = f"{other} - {rng.choice([x for x in known if x != other] or known)}"
            else:
                value = str(rng.randrange(limit)) if kind == "number" else other
            from_computed = kind == "copy" and other in computed
            computed = [x for x in computed if x != name] + [name] * (" " in value or from_computed)
            known = [x for x in known if x != name] + [name]
            lines.append(f"{name} = {value}")
        return cls(assignments=lines, variable=rng.choice(computed))

    def prompt(self) -> str:
        return "\n".join([f"What is {self.variable} at the end?", *self.assignments])

    def solution(self) -> int:
        values: dict[str, int] = {}
        for line in self.assignments:
            name, _, *terms = line.split()
            numbers = [values[term] if term in values else int(term) for term in terms[::2]]
            sign = -1 if "-" in terms else 1
            values[name] = numbers[0] + sign * sum(numbers[1:])
        return values[self.variable]
