"""What the tests know of the environments of strings."""

from collections.abc import Sequence
from typing import Any

from tests.environments.oracles._kinds import BestFirst, IsCorrect


def _pcp_permutation(problem: Any, order: list[int]) -> bool:
    if sorted(order) != list(range(len(problem.uppers))):
        return False
    return "".join(problem.uppers[card] for card in order) == "".join(problem.lowers[card] for card in order)


def _cards_swapped(problem: Any) -> Sequence[list[int]]:
    right = problem.solution()
    return [right, right[::-1], right[:-1]] if not _pcp_permutation(problem, right[::-1]) else [right, right[:-1]]


IS_CORRECT: dict[str, IsCorrect] = {
    "PCPPermutation": _pcp_permutation,
}

BEST_FIRST: dict[str, BestFirst] = {
    "PCPPermutation": _cards_swapped,
}
