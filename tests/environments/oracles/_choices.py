"""Choices of places in a list, and answers that are one of several best choices."""

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from tests.environments.oracles._kinds import IsCorrect


def subsets(count: int) -> list[tuple[int, ...]]:
    """The places of a list, in increasing order, in every way to choose at least one."""
    return [chosen for size in range(1, count + 1) for chosen in combinations(range(count), size)]


def same(problem: Any, answer: Any) -> Any:
    return answer


def length(problem: Any, answer: Sequence[Any]) -> int:
    return len(answer)


def total(name: str) -> Callable[[Any, Sequence[int]], int]:
    """The sum of a field's numbers on the chosen places."""
    return lambda problem, places: sum(getattr(problem, name)[place] for place in places)


def different(places: Sequence[int], count: int) -> bool:
    return len(set(places)) == len(places) and set(places) <= set(range(count))


def dropped(problem: Any) -> Sequence[Any]:
    """The solution without its last parts, so that less and less of it is left."""
    right = problem.solution()
    return [right[:count] for count in range(len(right), -1, -1)]


def best_among(rule: Callable[[Any, Any], bool], worth: Callable[[Any, Any], int]) -> IsCorrect:
    """Whether an answer keeps the rules and is worth as much as the solution, which SEARCHES finds to be best."""
    return lambda problem, answer: (
        rule(problem, answer) and worth(problem, answer) == worth(problem, problem.solution())
    )
