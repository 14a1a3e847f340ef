"""A grid whose neighbourhoods have given parities."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Grid
from environments.grids._cells import beside, cut_text, sides
from environments.ladder import Ladder, linear
from environments.problem import Problem


def parities(rows: list[str]) -> list[str]:
    """Of every cell together with the cells that share a side with it."""
    height, width = len(rows), len(rows[0])
    return [
        "".join(
            str(sum(rows[a][b] == "1" for a, b in ((y, x), *beside(y, x, height, width))) % 2) for x in range(width)
        )
        for y in range(height)
    ]


@dataclass(frozen=True)
class GridParityConstruction(Problem[list[str]]):
    """Fill a grid so that each cell and its neighbours have a given parity."""

    answer = Grid("01")
    ladder = Ladder(total=linear(6))  # height + width
    rows: list[str]
    planted: list[str]

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total)
        rows, planted = [""], [""]
        for _ in range(10):  # until some parity is odd
            planted = cut_text([rng.choice("01") for _ in range(height * width)], width)
            rows = parities(planted)
            if "1" in "".join(rows):
                break
        return cls(rows, planted)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Find a grid of 0s and 1s of this size so that for each cell the number of 1s in it and in the cells "
                "beside, above and below it is odd where 1 stands here and even where 0 stands:",
                *self.rows,
            ]
        )

    def solution(self) -> list[str]:
        return self.planted

    def verify(self, answer: list[str]) -> float | None:
        if [len(row) for row in answer] != [len(row) for row in self.rows]:
            return None
        found, wanted = "".join(parities(answer)), "".join(self.rows)
        return scores.share(sum(a == b for a, b in zip(found, wanted, strict=True)), len(wanted), power=5)
