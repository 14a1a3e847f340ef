"""What the tests know of the environments of number_theory."""

from math import gcd
from typing import Any

from tests.environments.oracles._kinds import Example, Search


def _coprime_pairs(problem: Any) -> int:
    return sum(gcd(x, y) == 1 for x in range(1, problem.rows + 1) for y in range(1, problem.columns + 1))


EXAMPLES: dict[str, Example] = {
    "GCD": ({"left": 84, "right": 36}, 12),
}

SEARCHES: dict[str, Search] = {
    "GCDOne_Counting": (_coprime_pairs, lambda problem, answer: answer, range(9)),
}
