"""What the tests know of the environments of logic."""

from collections.abc import Sequence
from typing import Any

from tests.environments.oracles._kinds import BestFirst, IsCorrect


def _sat(problem: Any, values: list[int]) -> bool:
    if len(values) != len(problem.solution()) or set(values) - {0, 1}:
        return False
    return all(any(values[abs(literal) - 1] == int(literal > 0) for literal in clause) for clause in problem.clauses)


def _fewer_clauses(problem: Any) -> Sequence[list[int]]:
    """All assignments one flip away, by how many clauses they satisfy."""
    right = problem.solution()

    def satisfied(values: list[int]) -> int:
        return sum(any(values[abs(x) - 1] == int(x > 0) for x in clause) for clause in problem.clauses)

    flips = [[*right[:place], 1 - right[place], *right[place + 1 :]] for place in range(len(right))]
    return [right, *sorted(flips, key=satisfied, reverse=True), right[1:], [2] * len(right)][: len(right) + 2]


IS_CORRECT: dict[str, IsCorrect] = {
    "SAT": _sat,
}

BEST_FIRST: dict[str, BestFirst] = {
    "SAT": _fewer_clauses,
}
