"""What the tests know of the environments of graphs."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

from tests.environments.oracles._kinds import BestFirst, IsCorrect, Search


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


def _lightest_tour(problem: Any) -> int:
    return _lightest(problem, range(problem.vertices), lambda _, visited: len(visited) == problem.vertices)


def _walk_costs(problem: Any, walk: list[int]) -> int | None:
    arcs = {(start, end): weight for start, end, weight in problem.arcs}
    if not all(step in arcs for step in pairwise(walk)):
        return None
    return sum(arcs[step] for step in pairwise(walk))


def _hamiltonian_path(problem: Any, walk: list[int]) -> bool:
    complete = set(walk) == set(range(problem.vertices))
    return complete and _walk_costs(problem, walk) == _walk_costs(problem, problem.solution())


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


def _walks(problem: Any) -> int:
    edges = [{*edge} for edge in problem.edges]

    def count_from(vertex: int, came_by: int | None, left: int) -> int:
        if left == 0:
            return int(vertex == problem.vertices - 1)
        ways = ((place, edge) for place, edge in enumerate(edges) if vertex in edge and place != came_by)
        return sum(count_from(next(iter(edge - {vertex})), place, left - 1) for place, edge in ways)

    return count_from(0, None, problem.length) % 10000


def _lightest_path(problem: Any) -> int:
    return _lightest(problem, range(1), lambda vertex, _: vertex == problem.vertices - 1)


def _shortest_path(problem: Any, walk: list[int]) -> bool:
    ends = walk[:1] == [0] and walk[-1:] == [problem.vertices - 1]
    return ends and _walk_costs(problem, walk) == _walk_costs(problem, problem.solution())


SEARCHES: dict[str, Search] = {
    "HamiltonianPath": (_lightest_tour, _weight, range(6)),
    "Path_NoGoingBack_Counting": (_walks, lambda problem, answer: answer, range(3)),
    "ShortestPath": (_lightest_path, _weight, range(5)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "HamiltonianPath": _hamiltonian_path,
    "ShortestPath": _shortest_path,
}

BEST_FIRST: dict[str, BestFirst] = {
    "HamiltonianPath": _detours,
    "ShortestPath": _detours,
}
