"""What the contract cannot know by itself: other correct answers, and hand-made answers from best to worst.

IS_CORRECT holds tests of an answer written from the problem's statement, apart from `verify`, for the environments with
several correct answers. BEST_FIRST holds wrong answers in falling order of quality, for those with partial credit.
"""

from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from typing import Any

IsCorrect = Callable[[Any, Any], bool]


def _walk_costs(problem: Any, walk: list[int]) -> int | None:
    arcs = {(start, end): weight for start, end, weight in problem.arcs}
    if not all(step in arcs for step in pairwise(walk)):
        return None
    return sum(arcs[step] for step in pairwise(walk))


def _hamiltonian_path(problem: Any, walk: list[int]) -> bool:
    complete = set(walk) == set(range(problem.vertices))
    return complete and _walk_costs(problem, walk) == _walk_costs(problem, problem.solution())


def _shortest_path(problem: Any, walk: list[int]) -> bool:
    ends = walk[:1] == [0] and walk[-1:] == [problem.vertices - 1]
    return ends and _walk_costs(problem, walk) == _walk_costs(problem, problem.solution())


def _sat(problem: Any, values: list[int]) -> bool:
    if len(values) != len(problem.solution()) or set(values) - {0, 1}:
        return False
    return all(any(values[abs(literal) - 1] == int(literal > 0) for literal in clause) for clause in problem.clauses)


def _pcp_permutation(problem: Any, order: list[int]) -> bool:
    if sorted(order) != list(range(len(problem.uppers))):
        return False
    return "".join(problem.uppers[card] for card in order) == "".join(problem.lowers[card] for card in order)


def _largest_convex_polygon(problem: Any, labels: list[int]) -> bool:
    """Of n points in convex position exactly n pairs, the sides, have all other points on one side."""
    if len(set(labels)) != len(labels) or not set(labels) <= set(range(1, len(problem.points) + 1)):
        return False
    corners = [problem.points[label - 1] for label in labels]
    sides = 0
    for (ax, ay), (bx, by) in combinations(corners, 2):
        turns = [(bx - ax) * (y - ay) - (by - ay) * (x - ax) for x, y in corners if [x, y] not in ([ax, ay], [bx, by])]
        sides += all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)
    return len(labels) == len(problem.solution()) and sides == len(labels)


IS_CORRECT: dict[str, IsCorrect] = {
    "HamiltonianPath": _hamiltonian_path,
    "LargestConvexPolygon": _largest_convex_polygon,
    "PCPPermutation": _pcp_permutation,
    "SAT": _sat,
    "ShortestPath": _shortest_path,
}


def _spoil(text: str, count: int, other: Callable[[str], str]) -> str:
    return "".join(map(other, text[:count])) + text[count:]


def _letters_spoilt(problem: Any) -> Sequence[str]:
    right = problem.solution()
    wrong = [_spoil(right, count, lambda letter: "a" if letter != "a" else "b") for count in range(len(right) + 1)]
    return [*wrong, right + "a"]


def _lamps_spoilt(problem: Any) -> Sequence[str]:
    right = problem.solution()
    return [*(_spoil(right, count, lambda lamp: "10"[int(lamp)]) for count in range(len(right) + 1)), right + "0"]


def _integers_spoilt(problem: Any) -> Sequence[list[int]]:
    right = problem.solution()
    return [*([10**6] * count + right[count:] for count in range(len(right) + 1)), right[:-1]]


def _detours(problem: Any) -> Sequence[list[int]]:
    """The solution, the solution with a cycle walked once and twice at some vertex, and a step that is no arc."""
    right = problem.solution()
    arcs = {(start, end) for start, end, _ in problem.arcs}
    there_and_back = [(a, b) for a, b in pairwise(right) if (b, a) in arcs]
    row = [right]
    for a, b in there_and_back[:1]:
        place = right.index(a)
        row += [[*right[:place], *[a, b] * count, *right[place:]] for count in (1, 2, 5)]
    return [*row, [right[0], *right]]


def _fewer_clauses(problem: Any) -> Sequence[list[int]]:
    """All assignments one flip away, by how many clauses they satisfy."""
    right = problem.solution()

    def satisfied(values: list[int]) -> int:
        return sum(any(values[abs(x) - 1] == int(x > 0) for x in clause) for clause in problem.clauses)

    flips = [[*right[:place], 1 - right[place], *right[place + 1 :]] for place in range(len(right))]
    return [right, *sorted(flips, key=satisfied, reverse=True), right[1:], [2] * len(right)][: len(right) + 2]


def _fewer_corners(problem: Any) -> Sequence[list[int]]:
    right = problem.solution()
    return [*(right[: len(right) - fewer] for fewer in range(len(right) - 2)), [1, 1, 1]]


def _cards_swapped(problem: Any) -> Sequence[list[int]]:
    right = problem.solution()
    return [right, right[::-1], right[:-1]] if not _pcp_permutation(problem, right[::-1]) else [right, right[:-1]]


BEST_FIRST: dict[str, Callable[[Any], Sequence[Any]]] = {
    "Copy": _letters_spoilt,
    "HamiltonianPath": _detours,
    "LampChanging": _lamps_spoilt,
    "LargestConvexPolygon": _fewer_corners,
    "PCPPermutation": _cards_swapped,
    "Reverse": _letters_spoilt,
    "SAT": _fewer_clauses,
    "ShortestPath": _detours,
    "Sorting": _integers_spoilt,
    "SpiralMatrix": _integers_spoilt,
}
