"""What the tests know of the environments of games."""

from functools import cache
from typing import Any

from tests.environments.oracles._kinds import Search


def _euclid_winner(problem: Any) -> str:
    @cache
    def wins(a: int, b: int) -> bool:
        """Whether the player to move wins: all moves are tried."""
        a, b = max(a, b), min(a, b)
        return b > 0 and any(not wins(a - times * b, b) for times in range(1, a // b + 1))

    return "Stan" if wins(problem.larger, problem.smaller) else "Ollie"


SEARCHES: dict[str, Search] = {
    "EuclidGame": (_euclid_winner, lambda problem, answer: answer, range(5)),
}
