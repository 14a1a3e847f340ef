"""What the tests know of the environments of graphs."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise, permutations
from typing import Any

from tests.environments.oracles._kinds import BestFirst, IsCorrect, Search


def _same(problem: Any, answer: Any) -> Any:
    return answer


def _graph(vertices: int, edges: Sequence[Sequence[int]], directed: bool = False) -> Any:
    """The networkx graph; a third number is a weight."""
    import networkx as nx

    graph: Any = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(vertices))
    graph.add_edges_from((first, second, {"weight": sum(rest)}) for first, second, *rest in edges)
    return graph


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


def _component_count(problem: Any) -> int:
    import networkx as nx

    return nx.number_connected_components(_graph(problem.vertices, problem.edges))


def _is_reachable(problem: Any) -> str:
    import networkx as nx

    vertices = 1 + max(map(max, problem.arcs))
    return "yes" if nx.has_path(_graph(vertices, problem.arcs, directed=True), problem.start, problem.end) else "no"


def _keeps_order(problem: Any, order: list[int]) -> bool:
    if sorted(order) != list(range(len(problem.order))):
        return False
    return all(order.index(first) < order.index(second) for first, second in problem.pairs)


def _earliest_order(problem: Any) -> list[int]:
    orders = (
        order
        for order in permutations(range(problem.vertices))
        if all(order.index(first) < order.index(second) for first, second in problem.pairs)
    )
    return list(min(orders, key=lambda order: [order.index(vertex) for vertex in range(problem.vertices)]))


def _pair_weight(problem: Any, pairs: list[list[int]]) -> int:
    weights = {frozenset((first, second)): weight for first, second, weight in problem.edges}
    return sum(weights[frozenset(pair)] for pair in pairs)


def _least_spanning_weight(problem: Any) -> int:
    """Over all choices of edges."""
    import networkx as nx

    choices = combinations(problem.edges, problem.vertices - 1)
    return min(
        sum(weight for _, _, weight in choice) for choice in choices if nx.is_tree(_graph(problem.vertices, choice))
    )


def _minimum_spanning_tree(problem: Any, pairs: list[list[int]]) -> bool:
    import networkx as nx

    graph = _graph(problem.vertices, problem.edges)
    if not all(len(pair) == 2 and graph.has_edge(*pair) for pair in pairs) or len(pairs) != problem.vertices - 1:
        return False
    least = nx.minimum_spanning_tree(graph).size(weight="weight")
    return nx.is_tree(_graph(problem.vertices, pairs)) and _pair_weight(problem, pairs) == least


def _bridge_set(problem: Any) -> list[list[int]]:
    import networkx as nx

    return sorted(sorted(pair) for pair in nx.bridges(_graph(0, problem.edges)))


def _bridge(problem: Any, pairs: list[list[int]]) -> bool:
    return sorted(sorted(pair) for pair in pairs) == _bridge_set(problem)


def _fewer_bridges(problem: Any) -> Sequence[list[list[int]]]:
    right = problem.solution()
    return [right[:count] for count in range(len(right), -1, -1)]


def _cycle_count(problem: Any) -> int:
    import networkx as nx

    return sum(1 for _ in nx.simple_cycles(_graph(0, problem.edges)))


def _triangle_count(problem: Any) -> int:
    edges = {frozenset(edge) for edge in problem.edges}
    return sum(
        all(frozenset(pair) in edges for pair in combinations(triple, 2))
        for triple in combinations(range(problem.vertices), 3)
    )


def _all_cycles_cancel(problem: Any) -> str:
    import networkx as nx

    graph = _graph(problem.vertices, problem.edges)

    def around(cycle: list[int]) -> int:
        total = 0
        for first, second in pairwise([*cycle, cycle[0]]):
            total ^= graph[first][second]["weight"]
        return total

    return "yes" if all(around(cycle) == 0 for cycle in nx.simple_cycles(graph)) else "no"


def _hamiltonian_path_existence(problem: Any, path: list[int]) -> bool:
    complete = sorted(path) == list(range(len(problem.path)))
    return complete and all([*step] in problem.arcs for step in pairwise(path))


def _graph_isomorphism(problem: Any, names: list[int]) -> bool:
    if sorted(names) != list(range(len(problem.names))):
        return False
    return {frozenset((names[a], names[b])) for a, b in problem.first} == {*map(frozenset, problem.second)}


def _subgraph_isomorphism(problem: Any, images: list[int]) -> bool:
    count = len(problem.images)
    if len(images) != count or len({*images}) != count or not {*images} <= {*range(problem.large)}:
        return False
    inside = _graph(problem.large, problem.second).subgraph(images)
    return {frozenset(edge) for edge in inside.edges} == {frozenset((images[a], images[b])) for a, b in problem.first}


SEARCHES: dict[str, Search] = {
    "Bridge": (_bridge_set, _same, range(6)),
    "CheckAllCycleXorZero": (_all_cycles_cancel, _same, range(6)),
    "ConnectedComponents": (_component_count, _same, range(6)),
    "CycleCounting": (_cycle_count, _same, range(8)),
    "HamiltonianPath": (_lightest_tour, _weight, range(6)),
    "MinimumSpanningTree": (_least_spanning_weight, _pair_weight, range(3)),
    "Path_NoGoingBack_Counting": (_walks, lambda problem, answer: answer, range(3)),
    "ReachabilityTest": (_is_reachable, _same, range(9)),
    "ShortestPath": (_lightest_path, _weight, range(5)),
    "ThreeVertexCycleCounting": (_triangle_count, _same, range(6)),
    "TopologicalSort_MinimalLexicographicalOrder": (_earliest_order, _same, range(2)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "Bridge": _bridge,
    "GraphIsomorphism": _graph_isomorphism,
    "HamiltonianPath": _hamiltonian_path,
    "HamiltonianPathExistence": _hamiltonian_path_existence,
    "MinimumSpanningTree": _minimum_spanning_tree,
    "ShortestPath": _shortest_path,
    "SubgraphIsomorphism": _subgraph_isomorphism,
    "TopologicalSort": _keeps_order,
}

BEST_FIRST: dict[str, BestFirst] = {
    "Bridge": _fewer_bridges,
    "HamiltonianPath": _detours,
    "ShortestPath": _detours,
}
