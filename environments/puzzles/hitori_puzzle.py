"""Numbers struck out until none repeats."""

from dataclasses import dataclass
from random import Random
from typing import Self

from environments import scores
from environments.answers import Grid
from environments.grids._cells import beside, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem
from environments.puzzles._latin_squares import random_latin_square


def connected(rows: list[str]) -> bool:
    """Whether the kept cells hang together."""
    height, width = len(rows), len(rows[0])
    kept = {(y, x) for y in range(height) for x in range(width) if rows[y][x] == "."}
    stack = [kept.pop()] if kept else []
    while stack:
        for other in beside(*stack.pop(), height, width):
            if other in kept:
                kept.remove(other)
                stack.append(other)
    return not kept


def without(rows: list[str], y: int, x: int) -> list[str]:
    return [*rows[:y], rows[y][:x] + "*" + rows[y][x + 1 :], *rows[y + 1 :]]


@dataclass(frozen=True)
class HitoriPuzzle(Problem[list[str]]):
    """Strike out cells so that no row or column repeats a number."""

    answer = Grid(".*")
    ladder = Ladder(total=linear(5, most=40))  # height + width
    matrix: list[list[int]]
    planted: list[str]

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        """Kept cells are of a Latin square, and a struck one repeats a kept one of its row or column."""
        height, width = sides(rng, total)
        square = random_latin_square(rng, max(height, width))
        matrix = [row[:width] for row in square[:height]]
        planted = ["." * width] * height
        wanted = max(1, height * width // 5)
        for place in rng.sample(range(height * width), height * width):
            y, x = divmod(place, width)
            if all(planted[a][b] == "." for a, b in beside(y, x, height, width)):
                struck = without(planted, y, x)
                if connected(struck):
                    planted = struck
                    wanted -= 1
            if wanted == 0:
                break
        for y in range(height):
            for x in range(width):
                if planted[y][x] == "*":
                    in_row = [matrix[y][b] for b in range(width) if planted[y][b] == "."]
                    in_column = [matrix[a][x] for a in range(height) if planted[a][x] == "."]
                    matrix[y][x] = rng.choice(in_row + in_column)
        return cls(matrix, planted)

    def prompt(self) -> str:
        return (
            "Strike out cells so that no row and no column has two equal numbers left. No two struck cells may be "
            "beside, above or below each other, and the cells left must be connected in these directions. Write * for "
            f"a struck cell and . for one that is left.\n{written(self.matrix)}"
        )

    def solution(self) -> list[str]:
        return self.planted

    def verify(self, answer: list[str]) -> float | None:
        if [len(row) for row in answer] != [len(row) for row in self.matrix]:
            return None
        lines = [*answer, *map("".join, zip(*answer, strict=True))]
        if any("**" in line for line in lines) or not connected(answer):
            return None
        numbers = [*self.matrix, *map(list, zip(*self.matrix, strict=True))]
        left = [
            [number for number, cell in zip(line, cells, strict=True) if cell == "."]
            for line, cells in zip(numbers, lines, strict=True)
        ]
        return scores.share(sum(len(set(line)) == len(line) for line in left), len(left))
