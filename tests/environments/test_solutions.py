"""Solutions against worked examples and against searches too slow for anything but the first levels."""

from collections import deque
from collections.abc import Callable
from functools import cache
from itertools import chain, combinations, count, pairwise, product
from math import gcd
from typing import Any

import pytest

from environments import Problem, generate, load, names
from tests.environments.oracles import IS_CORRECT

EXAMPLES: dict[str, tuple[dict[str, Any], Any]] = {
    "Addition": ({"left": 17, "right": 25}, 42),
    "Copy": ({"letters": "kab"}, "kab"),
    "CountChar": ({"letter": "a", "letters": "abaca"}, 3),
    "Division": ({"dividend": 29, "divisor": 4}, 7),
    "GCD": ({"left": 84, "right": 36}, 12),
    "LampChanging": ({"lamps": "0110", "steps": 1}, "1010"),
    "MaxElement": ({"values": [3, 17, 5]}, 17),
    "Modulo": ({"dividend": 29, "divisor": 4}, 1),
    "Multiplication": ({"left": 12, "right": 11}, 132),
    "Parity": ({"digits": [1, 2, 4]}, "odd"),
    "Reverse": ({"letters": "kab"}, "bak"),
    "Sorting": ({"values": [3, 17, 5, 3]}, [3, 3, 5, 17]),
    "SpiralMatrix": ({"matrix": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}, [1, 2, 3, 6, 9, 8, 7, 4, 5]),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_worked_example(name: str) -> None:
    fields, solution = EXAMPLES[name]
    assert load(name)(**fields).solution() == solution


def _coprime_pairs(problem: Any) -> int:
    return sum(gcd(x, y) == 1 for x in range(1, problem.rows + 1) for y in range(1, problem.columns + 1))


def _euclid_winner(problem: Any) -> str:
    @cache
    def wins(a: int, b: int) -> bool:
        """Whether the player to move wins: all moves are tried."""
        a, b = max(a, b), min(a, b)
        return b > 0 and any(not wins(a - times * b, b) for times in range(1, a // b + 1))

    return "Stan" if wins(problem.larger, problem.smaller) else "Ollie"


def _undamaged(problem: Any) -> int:
    def spans(size: int) -> list[range]:
        return [range(first, last + 1) for first in range(size) for last in range(first, size)]

    rows = problem.rows
    return sum(
        all(rows[y][x] == "1" for y in ys for x in xs) for ys, xs in product(spans(len(rows)), spans(len(rows[0])))
    )


def _walks(problem: Any) -> int:
    edges = [{*edge} for edge in problem.edges]

    def count_from(vertex: int, came_by: int | None, left: int) -> int:
        if left == 0:
            return int(vertex == problem.vertices - 1)
        ways = ((place, edge) for place, edge in enumerate(edges) if vertex in edge and place != came_by)
        return sum(count_from(next(iter(edge - {vertex})), place, left - 1) for place, edge in ways)

    return count_from(0, None, problem.length) % 10000


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


def _weight(problem: Any, walk: list[int]) -> int:
    weights = {(start, end): weight for start, end, weight in problem.arcs}
    return sum(weights[step] for step in pairwise(walk))


def _lightest(problem: Any, starts: range, finished: Callable[[int, frozenset[int]], bool]) -> int:
    """The least weight of a walk, relaxing (vertex, visited vertices) until nothing changes."""
    best = {(start, frozenset({start})): 0 for start in starts}
    waiting = deque(best)
    while waiting:
        vertex, visited = waiting.popleft()
        for start, end, weight in problem.arcs:
            state, total = (end, visited | {end}), best[vertex, visited] + weight
            if start == vertex and total < best.get(state, total + 1):
                best[state] = total
                waiting.append(state)
    return min(total for state, total in best.items() if finished(*state))


def _lightest_path(problem: Any) -> int:
    return _lightest(problem, range(1), lambda vertex, _: vertex == problem.vertices - 1)


def _lightest_tour(problem: Any) -> int:
    return _lightest(problem, range(problem.vertices), lambda _, visited: len(visited) == problem.vertices)


def _most_corners(problem: Any) -> int:
    """Every subset that is larger than the solution fails."""
    points = [tuple(point) for point in problem.points]

    def left_of(a: tuple[int, ...], b: tuple[int, ...], c: tuple[int, ...]) -> bool:
        return (b[0] - a[0]) * (c[1] - a[1]) > (b[1] - a[1]) * (c[0] - a[0])

    def convex(corners: tuple[tuple[int, ...], ...]) -> bool:
        """No corner lies in a triangle of three others; no three are on a line."""
        return not any(
            left_of(a, b, p) == left_of(b, c, p) == left_of(c, a, p)
            for a, b, c in combinations(corners, 3)
            for p in corners
            if p not in (a, b, c)
        )

    subsets = chain.from_iterable(combinations(points, size) for size in range(len(points), 2, -1))
    return next(len(corners) for corners in subsets if convex(corners))


SEARCHES: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any], range]] = {
    # name: the slow search, what the solution is worth in the same terms, levels
    "EuclidGame": (_euclid_winner, lambda problem, answer: answer, range(5)),
    "GCDOne_Counting": (_coprime_pairs, lambda problem, answer: answer, range(9)),
    "HamiltonianPath": (_lightest_tour, _weight, range(6)),
    "LargestConvexPolygon": (_most_corners, lambda problem, answer: len(answer), range(5)),
    "Path_NoGoingBack_Counting": (_walks, lambda problem, answer: answer, range(3)),
    "ShortestPath": (_lightest_path, _weight, range(5)),
    "SubsequenceReversalLNDS": (_longest_after_reversal, lambda problem, answer: answer, range(2)),
    "UndamagedSubmatrixCounting": (_undamaged, lambda problem, answer: answer, range(6)),
    "WYRLevelingGround": (_levelling, lambda problem, answer: answer, range(2)),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_no_search_finds_another_solution(name: str) -> None:
    search, worth, levels = SEARCHES[name]
    for level in levels:
        for seed in range(10):
            problem: Problem[Any] = generate(load(name), level, seed)
            assert worth(problem, problem.solution()) == search(problem), (level, seed, problem)


def test_every_environment_has_an_example_a_search_or_an_oracle() -> None:
    # An oracle is one where any answer that holds is a solution.
    assert {*EXAMPLES, *SEARCHES, *IS_CORRECT} == set(names())
