"""What the tests know of the environments of grids."""

from itertools import product
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, Search
from tests.environments.oracles._spoilt import integers_spoilt


def _undamaged(problem: Any) -> int:
    def spans(size: int) -> list[range]:
        return [range(first, last + 1) for first in range(size) for last in range(first, size)]

    rows = problem.rows
    return sum(
        all(rows[y][x] == "1" for y in ys for x in xs) for ys, xs in product(spans(len(rows)), spans(len(rows[0])))
    )


EXAMPLES: dict[str, Example] = {
    "SpiralMatrix": ({"matrix": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}, [1, 2, 3, 6, 9, 8, 7, 4, 5]),
}

SEARCHES: dict[str, Search] = {
    "UndamagedSubmatrixCounting": (_undamaged, lambda problem, answer: answer, range(6)),
}

BEST_FIRST: dict[str, BestFirst] = {
    "SpiralMatrix": integers_spoilt,
}
