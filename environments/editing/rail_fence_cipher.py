"""The cipher that writes in a zigzag."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Letters
from environments.editing._letters import random_letters, spaced
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RailFenceCipher(Problem[str]):
    """Write letters in a zigzag and read them row by row."""

    answer = Letters()
    ladder = Ladder(length=linear(4), most_rows=linear(2, 0.25))
    letters: str
    rows: int

    @classmethod
    def generate(cls, rng: Random, length: int, most_rows: int) -> Self:
        return cls(letters=random_letters(rng, length), rows=rng.randint(2, most_rows))

    def prompt(self) -> str:
        return (
            f"Write the letters in a zigzag on {self.rows} rows: the first letter on row 1, each further one a row "
            f"lower until row {self.rows}, then a row higher until row 1, then lower again, and so on. Then read all "
            f"of row 1, all of row 2 and so on: {spaced(self.letters)}"
        )

    def solution(self) -> str:
        period = 2 * self.rows - 2
        rows = [min(place % period, -place % period) for place in range(len(self.letters))]
        return "".join(self.letters[place] for place in sorted(range(len(rows)), key=rows.__getitem__))

    def verify(self, answer: str) -> float | None:
        return scores.positions(answer, self.solution(), power=2)
