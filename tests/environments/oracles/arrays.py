"""What the tests know of the environments of arrays."""

from collections.abc import Sequence
from itertools import combinations, count
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, Search
from tests.environments.oracles._spoilt import integers_spoilt, spoil


def _lamps_spoilt(problem: Any) -> Sequence[str]:
    right = problem.solution()
    return [*(spoil(right, count, lambda lamp: "10"[int(lamp)]) for count in range(len(right) + 1)), right + "0"]


def _longest_after_reversal(problem: Any) -> int:
    def longest(values: list[int]) -> int:
        ends: list[int] = []
        for place, value in enumerate(values):
            ends.append(1 + max((ends[before] for before in range(place) if values[before] <= value), default=0))
        return max(ends)

    def turned(places: tuple[int, ...]) -> list[int]:
        values = list(problem.values)
        for place, other in zip(places, places[::-1], strict=True):
            values[place] = problem.values[other]
        return values

    places = range(len(problem.values))
    return max(longest(turned(chosen)) for size in range(1, len(places) + 1) for chosen in combinations(places, size))


def _levelling(problem: Any) -> int:
    """Breadth first over all heights, from the given ones and from level ground at once."""
    size = len(problem.heights)
    blocks = [range(first, last + 1) for first in range(size) for last in range(first, size)]
    changes = [
        tuple(step * (place in block) for place in range(size))
        for block in blocks
        for step in (problem.a, -problem.a, problem.b, -problem.b)
    ]
    fronts = [{tuple(problem.heights)}, {(0,) * size}]
    seen = [set(front) for front in fronts]
    for done in count():
        if seen[0] & seen[1]:
            return done
        side = 0 if len(fronts[0]) <= len(fronts[1]) else 1
        near = {tuple(map(sum, zip(heights, change, strict=True))) for heights in fronts[side] for change in changes}
        fronts[side] = near - seen[side]
        seen[side] |= near
    raise AssertionError


EXAMPLES: dict[str, Example] = {
    "LampChanging": ({"lamps": "0110", "steps": 1}, "1010"),
    "Sorting": ({"values": [3, 17, 5, 3]}, [3, 3, 5, 17]),
}

SEARCHES: dict[str, Search] = {
    "SubsequenceReversalLNDS": (_longest_after_reversal, lambda problem, answer: answer, range(2)),
    "WYRLevelingGround": (_levelling, lambda problem, answer: answer, range(2)),
}

BEST_FIRST: dict[str, BestFirst] = {
    "LampChanging": _lamps_spoilt,
    "Sorting": integers_spoilt,
}
