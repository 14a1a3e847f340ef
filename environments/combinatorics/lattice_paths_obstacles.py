from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Integer
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class LatticePathsObstacles(Problem[int]):
    """Count the paths right and down through a grid with obstacles."""

    answer = Integer()
    ladder = Ladder(sides=linear(7))  # height + width
    rows: list[str]

    @classmethod
    def generate(cls, rng: Random, sides: int) -> Self:
        height = rng.randint(sides // 2 - 1, sides // 2)
        width = sides - height
        moves = ["down"] * (height - 1) + ["right"] * (width - 1)
        rng.shuffle(moves)
        y, x = 0, 0
        path = {(0, 0)}  # stays free
        for move in moves:
            y, x = (y + 1, x) if move == "down" else (y, x + 1)
            path.add((y, x))
        others = [(y, x) for y in range(height) for x in range(width) if (y, x) not in path]
        walls = rng.sample(others, rng.randint(len(others) // 5, len(others) // 2))
        return cls(["".join("#" if (y, x) in walls else "." for x in range(width)) for y in range(height)])

    def prompt(self) -> str:
        question = (
            "How many paths lead from the top left to the bottom right cell? "
            "A step goes one cell right or down; cells with # cannot be entered."
        )
        return "\n".join([question, *self.rows])

    def solution(self) -> int:
        ways = [1, *[0] * (len(self.rows[0]) - 1)]  # to the cells of a row
        for row in self.rows:
            for x, cell in enumerate(row):
                ways[x] = 0 if cell == "#" else ways[x] + (ways[x - 1] if x else 0)
        return ways[-1]

    def verify(self, answer: int) -> float | None:
        return scores.ratio(answer, self.solution()) if answer > 0 else None
