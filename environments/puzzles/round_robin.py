"""The results behind a table of points."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Grid
from environments.ladder import Ladder, linear
from environments.problem import Problem


def points(rows: list[str]) -> list[int]:
    """Three for each 2 and one for each 1."""
    return [3 * row.count("2") + row.count("1") for row in rows]


@dataclass(frozen=True)
class RoundRobin(Problem[list[str]]):
    """Find results of matches that give each team its points."""

    answer = Grid("012")
    ladder = Ladder(teams=linear(4, 0.5))
    points: list[int]
    results: list[str]

    @classmethod
    def generate(cls, rng: Random, teams: int) -> Self:
        ties = rng.randint(1, 6)
        cells = [["0"] * teams for _ in range(teams)]
        for a in range(teams):
            for b in range(a):
                result = 1 if rng.randrange(10) < ties else rng.choice((0, 2))
                cells[a][b], cells[b][a] = str(result), str(2 - result)
        results = ["".join(row) for row in cells]
        return cls(points(results), results)

    def prompt(self) -> str:
        return (
            f"Each of {len(self.points)} teams played each other once. A win gives 3 points, a draw 1, a loss 0. The "
            f"teams have {' '.join(map(str, self.points))} points. Write a row for each team with its results against "
            "teams 1, 2, ...: 2 for a win, 1 for a draw, 0 for a loss and 0 against itself."
        )

    def solution(self) -> list[str]:
        return self.results

    def verify(self, answer: list[str]) -> float | None:
        teams = range(len(self.points))
        if [len(row) for row in answer] != [len(teams)] * len(teams):
            return None
        if any(int(answer[a][b]) + int(answer[b][a]) != 2 * (a != b) for a in teams for b in range(a + 1)):
            return None
        found = points(answer)
        return scores.share(sum(a == b for a, b in zip(found, self.points, strict=True)), len(found), power=5)
