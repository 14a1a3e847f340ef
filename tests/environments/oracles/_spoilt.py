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
