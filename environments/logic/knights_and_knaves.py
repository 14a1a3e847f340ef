"""Who tells the truth?"""

from dataclasses import dataclass
from random import Random
from string import ascii_uppercase
from typing import Any, Self

from environments import scores
from environments.answers import Words
from environments.ladder import Ladder, linear
from environments.logic._expressions import columns
from environments.problem import Problem

PATTERNS = {
    "is": "{0}",
    "not": "it is not true that {0}",
    "and": "{0} and {1}",
    "or": "{0} or {1} or both",
    "if": "if {0} then {1}",
    "iff": "{0} if and only if {1}",
}


def holds(statement: list[Any], knights: list[int], every: int = 1) -> int:
    """The statement's truth where `knights` has each person's role, bit by bit up to the bits of `every`."""
    kind: str = statement[0]
    atoms: list[int] = statement[1:]
    told = [knights[atom - 1] if atom > 0 else every ^ knights[-atom - 1] for atom in atoms]
    first, last = told[0], told[-1]
    truth = {"is": first, "not": every ^ first, "and": first & last, "or": first | last}
    return truth[kind] if kind in truth else (every ^ first) | last if kind == "if" else every ^ first ^ last


@dataclass(frozen=True)
class KnightsAndKnaves(Problem[list[str]]):
    """Find out from what they say who always tells the truth and who always lies."""

    answer = Words()
    ladder = Ladder(people=linear(3, most=12))
    statements: list[list[Any]]  # by person: a pattern and persons, 3 for "C is a knight" and -3 for "C is a knave"
    knights: list[int]

    @classmethod
    def generate(cls, rng: Random, people: int) -> Self:
        """What people say fits planted roles; one after the other says something else until no other roles fit."""
        knights = [rng.randrange(2) for _ in range(people)]
        statements = [cls._statement(rng, person, knights) for person in range(1, people + 1)]
        table, every = columns(people), (1 << (1 << people)) - 1
        fitting = [every ^ role ^ holds(said, table, every) for role, said in zip(table, statements, strict=True)]
        for turn in range(20 * people):
            fits = every
            for person_fits in fitting:
                fits &= person_fits
            if fits & fits - 1 == 0:
                break
            person = turn % people
            statements[person] = cls._statement(rng, person + 1, knights)
            fitting[person] = every ^ table[person] ^ holds(statements[person], table, every)
        return cls(statements, knights)

    @staticmethod
    def _statement(rng: Random, speaker: int, knights: list[int]) -> list[Any]:
        """Something that the speaker may say, true for a knight and false for a knave."""
        others = [person for person in range(1, len(knights) + 1) if person != speaker]
        statement: list[Any] = []
        for _ in range(30):
            kind = rng.choice(list(PATTERNS))
            persons = [rng.choice(others)] if kind in ("is", "not") else rng.sample([speaker, *others], 2)
            # Nobody says of himself that he is a knave.
            atoms = [-person if person != speaker and rng.randrange(2) else person for person in persons]
            statement = [kind, *atoms]
            if holds(statement, knights) == knights[speaker - 1]:
                return statement
        other = others[0]
        return ["is", other if knights[other - 1] == knights[speaker - 1] else -other]

    def prompt(self) -> str:
        def atom(person: int) -> str:
            return f"{ascii_uppercase[abs(person) - 1]} is a {'knight' if person > 0 else 'knave'}"

        lines = [
            f"{ascii_uppercase[speaker]}: {PATTERNS[kind].format(*map(atom, atoms))}"
            for speaker, (kind, *atoms) in enumerate(self.statements)
        ]
        meaning = "If-then is false only when its first part is true and its second is not. "
        return "\n".join(
            [
                "Each is a knight, who only says what is true, or a knave, who only says what is false. "
                f"{meaning * any(kind == 'if' for kind, *_ in self.statements)}Give for each in order knight or knave:",
                *lines,
            ]
        )

    def solution(self) -> list[str]:
        return [("knave", "knight")[role] for role in self.knights]

    def verify(self, answer: list[str]) -> float | None:
        if len(answer) != len(self.knights) or any(word not in ("knight", "knave") for word in answer):
            return None
        knights = [int(word == "knight") for word in answer]
        kept = sum(holds(said, knights) == role for said, role in zip(self.statements, knights, strict=True))
        return scores.share(kept, len(knights))
