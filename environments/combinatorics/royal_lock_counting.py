from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class RoyalLockCounting(Problem[int]):
    """Count the ways to place kings on a board with holes so that none attacks another."""

    answer = Integer()
    ladder = Ladder(sides=linear(6))  # height + width
    rows: list[str]
    kings: int
    count: int

    @classmethod
    def generate(cls, rng: Random, sides: int) -> Self:
        width = min(6, rng.randint(sides // 2 - 1, sides // 2))
        height = sides - width
        # Every other cell of every other row is free, so that there is room for a king on each of these.
        rows = [
            "".join("#" if (y % 2 or x % 2) and rng.randrange(3) == 0 else "." for x in range(width))
            for y in range(height)
        ]
        room = ((height + 1) // 2) * ((width + 1) // 2)
        kings = rng.randint(2, max(2, min(8, room * 2 // 3)))
        return cls(rows, kings, _placements(rows, kings))

    def prompt(self) -> str:
        question = (
            f"In how many ways can {self.kings} equal kings stand on different free cells (.) of this board, not on #, "
            "so that no two stand on neighbouring cells, also not diagonally?"
        )
        return "\n".join([question, *self.rows])

    def solution(self) -> int:
        return self.count

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.count) if answer > 0 else None


def _placements(rows: list[str], kings: int) -> int:
    """Row by row, by the kings in the last row and their number so far."""
    ways = {(0, 0): 1}
    for row in rows:
        holes = sum(1 << x for x, cell in enumerate(row) if cell == "#")
        after: dict[tuple[int, int], int] = {}
        for mask in range(1 << len(row)):
            if mask & (holes | mask >> 1):
                continue
            attacked, own = mask | mask << 1 | mask >> 1, mask.bit_count()
            for (above, placed), count in ways.items():
                if not above & attacked and placed + own <= kings:
                    after[mask, placed + own] = after.get((mask, placed + own), 0) + count
        ways = after
    return sum(count for (_, placed), count in ways.items() if placed == kings)
