"""The file that an environment begins as: small, commented, and already one that passes the contract."""

import re
from pathlib import Path
from string import Template

import environments

FOLDER = Path(environments.__file__).parent
NAME = re.compile(r"[A-Z][A-Za-z0-9_]+")

TEMPLATE = Template('''\
from dataclasses import dataclass
from random import Random
from typing import Self

from environments import Integer, Ladder, Problem, linear


# A frozen dataclass: its fields are the problem, and hold int, str, bool, list and dict only.
@dataclass(frozen=True)
class $name(Problem[int]):
    """Subtract the smallest number from the largest."""

    # One sentence above: what is to be done. `rlve envs list` shows it.
    # What an answer looks like: Integer, Integers, Rational, Letters, Words, Text, Choice, Rows or Grid. The type adds
    # the sentence that asks for it, reads it and gives it to `verify` as a Python value.
    answer = Integer()
    # What `generate` takes at difficulty 0, 1, 2, ...: here length 3, 4, 5, ... Difficulty 0 should be learnable by a
    # tiny model, and every level should ask for more than the one below it, without end.
    ladder = Ladder(length=linear(3))
    numbers: list[int]

    @classmethod
    def generate(cls, rng: Random, length: int) -> Self:
        # Everything random comes from rng. Bound every loop: build problems around a solution rather than searching.
        return cls([rng.randrange(1, 10 * length) for _ in range(length)])

    def prompt(self) -> str:
        # Complete and unambiguous for someone who has never seen it. The answer's format is added to it.
        return f"What is the largest minus the smallest number of {' '.join(map(str, self.numbers))}?"

    def solution(self) -> int:
        return max(self.numbers) - min(self.numbers)

    # An answer is correct if it equals solution(). Where several answers are, or nearly correct ones deserve something:
    #
    # def verify(self, answer: int) -> float | None:
    #     """1.0 correct, at most 0.5 otherwise (environments/scores.py), None where the answer breaks the rules."""


# Where several answers are correct, `rlve envs check` asks for a second opinion, written apart from `verify`:
#
# def is_correct(problem: $name, answer: int) -> bool: ...
''')


def write(name: str, path: Path | None = None, family: str | None = None) -> Path:
    """Writes a file that does not exist yet."""
    if not NAME.fullmatch(name):
        raise environments.EnvironmentNotFound(
            f"an environment's name begins with a capital and has letters, digits and _, got {name!r}"
        )
    if family is not None:
        if name in environments.names():
            raise FileExistsError(f"there is an environment {name} already: rlve envs show {name}")
        if not (FOLDER / family / "__init__.py").is_file():
            known = ", ".join(environments.families())
            raise environments.EnvironmentNotFound(f"there is no family {family!r}; there are {known}")
        path = FOLDER / family / f"{_snake(name)}.py"
    path = path or Path(f"{_snake(name)}.py")
    if path.suffix != ".py":
        raise environments.EnvironmentNotFound(f"the file of an environment ends in .py, got {path}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.substitute(name=name))
    except FileExistsError as error:
        raise FileExistsError(f"{path} exists, and nothing is overwritten; choose another name or --path") from error
    return path


def _snake(name: str) -> str:
    """SumOfTwo → sum_of_two, GCDOne_Counting → gcd_one_counting."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"_+", "_", parts).lower()
