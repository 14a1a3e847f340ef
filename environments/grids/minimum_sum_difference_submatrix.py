"""The smoothest submatrix."""

from dataclasses import dataclass
from itertools import combinations, pairwise
from random import Random
from typing import Self

from environments import scores
from environments.answers import Rows
from environments.grids._cells import cut, sides, written
from environments.ladder import Ladder, linear
from environments.problem import Problem


def smoothest(matrix: list[list[int]], height: int, width: int) -> tuple[int, list[list[int]]]:
    """The least sum of differences, the rows and the columns, all 1-based: every set of rows, columns by DP."""
    columns = range(len(matrix[0]))
    least, chosen = -1, [[0]]
    for rows in combinations(range(len(matrix)), height):
        picked = [matrix[row] for row in rows]
        inside = [sum(abs(above[x] - below[x]) for above, below in pairwise(picked)) for x in columns]
        across = [[sum(abs(row[x] - row[left]) for row in picked) for left in range(x)] for x in columns]
        ways = [(inside[x], [x + 1]) for x in columns]  # the best that ends in column x, with its columns
        for count in range(1, width):
            ways = [
                min(
                    (ways[left][0] + across[x][left] + inside[x], [*ways[left][1], x + 1])
                    for left in range(count - 1, x)
                )
                if x >= count
                else (0, [0])
                for x in columns
            ]
        total, best = min(ways[width - 1 :])
        if least < 0 or total < least:
            least, chosen = total, [[row + 1 for row in rows], best]
    return least, chosen


@dataclass(frozen=True)
class MinimumSumDifferenceSubmatrix(Problem[list[list[int]]]):
    """Choose rows and columns so that neighbours differ least in sum."""

    answer = Rows("two rows")
    ladder = Ladder(total=linear(6, 0.75, most=18))  # height + width
    matrix: list[list[int]]
    chosen: list[list[int]]
    least: int

    @classmethod
    def generate(cls, rng: Random, total: int) -> Self:
        height, width = sides(rng, total, least=3)
        matrix = cut([rng.randint(1, height * width) for _ in range(height * width)], width)
        rows, columns = rng.randint(2, height - 1), rng.randint(2, width - 1)
        least, chosen = smoothest(matrix, rows, columns)
        return cls(matrix, chosen, least)

    def prompt(self) -> str:
        rows, columns = map(len, self.chosen)
        return (
            f"Choose {rows} rows and {columns} columns so that in the matrix they form the differences of neighbours, "
            "beside and below each other, have the least possible sum; the sign of a difference does not count. Give "
            f"the row numbers, then the column numbers, rising from 1 on.\n{written(self.matrix)}"
        )

    def solution(self) -> list[list[int]]:
        return self.chosen

    def verify(self, answer: list[list[int]]) -> float | None:
        sizes = (len(self.matrix), len(self.matrix[0]))
        if [len(row) for row in answer] != [len(row) for row in self.chosen]:
            return None
        for numbers, size in zip(answer, sizes, strict=True):
            if not 1 <= numbers[0] <= numbers[-1] <= size or any(a >= b for a, b in pairwise(numbers)):
                return None
        cells = [[self.matrix[row - 1][column - 1] for column in answer[1]] for row in answer[0]]
        turned = list(zip(*cells, strict=True))
        total = sum(abs(a - b) for line in (*cells, *turned) for a, b in pairwise(line))
        return scores.at_most(total, self.least)
