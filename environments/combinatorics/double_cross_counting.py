from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class DoubleCrossCounting(Problem[int]):
    """Count the double crosses of ones in a grid."""

    answer = Integer()
    ladder = Ladder(sides=linear(11))  # height + width
    rows: list[str]
    count: int

    @classmethod
    def generate(cls, rng: Random, sides: int) -> Self:
        height = rng.randint(max(5, sides // 2 - 1), max(5, sides // 2 - 1) + 1)
        width = sides - height
        density = rng.randint(3, 6)
        cells = [[int(rng.randrange(density) > 0) for _ in range(width)] for _ in range(height)]
        # One cross is planted: a column, and two rows that are not neighbours, the lower one with longer arms.
        top = rng.randint(0, height - 5)
        column = rng.randint(2, width - 3)
        for y in range(top, top + 5):
            cells[y][column] = 1
        for y, arm in ((top + 1, 1), (top + 3, 2)):
            cells[y][column - arm : column + arm + 1] = [1] * (2 * arm + 1)
        rows = ["".join(map(str, row)) for row in cells]
        return cls(rows, _crosses(rows))

    def prompt(self) -> str:
        question = (
            "Count the double crosses of 1s: a stretch of a column, crossed by two stretches of rows at their middles. "
            "The rows lie strictly inside the column's stretch and are no neighbours; the lower stretch is longer than "
            "the upper one, which has more than one cell. Stretches may be parts of longer ones."
        )
        return "\n".join([question, *self.rows])

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer >= 0 else None


def _crosses(rows: list[str]) -> int:
    height, width = len(rows), len(rows[0])
    arms = [[_arm(row, x) for x in range(width)] for row in rows]
    total = 0
    for x in range(width):
        column = "".join(row[x] for row in rows)
        ups = [_run(column, y, -1) for y in range(height)]
        downs = [_run(column, y, 1) for y in range(height)]
        for upper in range(1, height):
            for lower in range(upper + 2, min(height, upper + downs[upper] + 1)):
                short, long = arms[upper][x], arms[lower][x]
                pairs = sum(min(short, arm - 1) for arm in range(2, long + 1))
                total += pairs * ups[upper] * downs[lower]
    return total


def _run(cells: str, place: int, step: int) -> int:
    """How many ones follow the one in this place; 0 also where there is none."""
    count = 0
    while cells[place] == "1" and 0 <= place + (count + 1) * step < len(cells):
        if cells[place + (count + 1) * step] == "0":
            break
        count += 1
    return count


def _arm(row: str, x: int) -> int:
    return min(_run(row, x, -1), _run(row, x, 1))
