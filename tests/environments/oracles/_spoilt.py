"""Wrong answers in falling order of quality, made from the solution."""

from collections.abc import Callable, Sequence
from typing import Any


def spoil(text: str, count: int, other: Callable[[str], str]) -> str:
    return "".join(map(other, text[:count])) + text[count:]


def letters_spoilt(problem: Any) -> Sequence[str]:
    right = problem.solution()
    wrong = [spoil(right, count, lambda letter: "a" if letter != "a" else "b") for count in range(len(right) + 1)]
    return [*wrong, right + "a"]


def integers_spoilt(problem: Any) -> Sequence[list[int]]:
    right = problem.solution()
    return [*([10**6] * count + right[count:] for count in range(len(right) + 1)), right[:-1]]


def words_spoilt(problem: Any) -> Sequence[list[str]]:
    right = problem.solution()
    return [*(["xxxxxx"] * count + right[count:] for count in range(len(right) + 1)), right[:-1]]


def shortened(problem: Any) -> Sequence[Any]:
    """Where more is better: the solution with ever fewer entries."""
    right = problem.solution()
    return [right[:count] for count in range(len(right), -1, -1)]


def with_more(problem: Any) -> Sequence[list[int]]:
    """Where the cheapest set is asked for: the solution with ever more vertices, at last one that is none."""
    right = problem.solution()
    others = [vertex for vertex in range(len(problem.costs)) if vertex not in right]
    return [*(right + others[:count] for count in range(len(others) + 1)), [*right, len(problem.costs)]]


def swapped(problem: Any) -> Sequence[Any]:
    """Where equal places count: the solution, with two entries exchanged, and with all moved by one."""
    right = problem.solution()
    return [right, [right[1], right[0], *right[2:]], right[1:] + right[:1]]
