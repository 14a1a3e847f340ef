"""What the tests know of the environments of graphs."""

from collections import deque
from collections.abc import Callable, Sequence
from fractions import Fraction
from heapq import heapify, heappop, heappush
from itertools import combinations, compress, pairwise, permutations, product
from typing import Any

from tests.environments.oracles._kinds import BestFirst, IsCorrect, Search
from tests.environments.oracles._spoilt import shortened, with_more


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


def _colourings_total(problem: Any) -> int:
    return sum(
        len({*colours})
        for colours in product(*(range(limit + 1) for limit in problem.limits))
        if all(colours[first] != colours[second] for first, second in problem.edges)
    )


def _clique_number(problem: Any) -> int:
    import networkx as nx

    return max(map(len, nx.find_cliques(_graph(0, problem.edges))))


def _is_clique(problem: Any, members: list[int]) -> bool:
    pairs = [sorted(pair) for pair in combinations(members, 2)]
    return len({*members}) == len(members) and all(pair in problem.edges for pair in pairs)


def _maximum_clique(problem: Any, members: list[int]) -> bool:
    return _is_clique(problem, members) and len(members) == len(problem.clique)


def _imp_party(problem: Any, members: list[int]) -> bool:
    return _is_clique(problem, members) and len(members) == problem.wanted


def _covers(problem: Any, members: Sequence[int]) -> bool:
    return all({*edge} & {*members} for edge in problem.edges)


def _dominates(problem: Any, members: Sequence[int]) -> bool:
    import networkx as nx

    return nx.is_dominating_set(_graph(len(problem.costs), problem.edges), members)


def _chosen_cost(problem: Any, members: Sequence[int]) -> int:
    return sum(problem.costs[member] for member in members)


def _cheapest_set(holds: Callable[[Any, Sequence[int]], bool]) -> Callable[[Any], int]:
    """The least cost of a set of vertices that holds, over all sets."""

    def search(problem: Any) -> int:
        vertices = range(len(problem.costs))
        sets = (members for count in range(len(vertices) + 1) for members in combinations(vertices, count))
        return min(_chosen_cost(problem, members) for members in sets if holds(problem, members))

    return search


def _is_cheapest_set(holds: Callable[[Any, Sequence[int]], bool]) -> IsCorrect:
    """Whether the answer is such a set and costs what the solution costs."""

    def check(problem: Any, members: list[int]) -> bool:
        if len({*members}) < len(members) or not {*members} <= {*range(len(problem.costs))}:
            return False
        return holds(problem, members) and _chosen_cost(problem, members) == _chosen_cost(problem, problem.solution())

    return check


def _chromatic_number(problem: Any) -> int:
    vertices = len(problem.colours)
    return next(
        count
        for count in range(1, vertices + 1)
        for colours in product(range(count), repeat=vertices)
        if all(colours[first] != colours[second] for first, second in problem.edges)
    )


def _minimum_chromatic_number(problem: Any, colours: list[int]) -> bool:
    proper = len(colours) == len(problem.colours) and all(colours[a] != colours[b] for a, b in problem.edges)
    return proper and len({*colours}) == len({*problem.colours})


def _matching_weight(problem: Any) -> int:
    import networkx as nx

    return _pair_weight(problem, [[*pair] for pair in nx.max_weight_matching(_graph(0, problem.edges))])


def _maximum_weight_matching(problem: Any, pairs: list[list[int]]) -> bool:
    known = [edge[:2] for edge in problem.edges]
    if not all(sorted(pair) in known for pair in pairs) or any({*a} & {*b} for a, b in combinations(pairs, 2)):
        return False
    return _pair_weight(problem, pairs) == _pair_weight(problem, problem.matching)


def _matching_size(problem: Any) -> int:
    import networkx as nx

    graph: Any = nx.Graph([(("worker", worker), ("job", job)) for worker, job in problem.able])
    return len(nx.max_weight_matching(graph, maxcardinality=True))


def _bipartite_matching(problem: Any, pairs: list[list[int]]) -> bool:
    if not all(pair in problem.able for pair in pairs) or len(pairs) != len(problem.matching):
        return False
    return all(a[0] != b[0] and a[1] != b[1] for a, b in combinations(pairs, 2))


def _flow_network(problem: Any) -> Any:
    import networkx as nx

    network: Any = nx.DiGraph()
    for start, end, capacity, *cost in problem.arcs:
        network.add_edge(start, end, capacity=capacity, weight=sum(cost))
    return network


def _flow_value(problem: Any) -> int:
    """The least capacity of a cut, over all cuts."""
    inner = range(1, problem.vertices - 1)
    cuts = ({0, *some} for count in range(len(inner) + 1) for some in combinations(inner, count))
    return min(
        sum(capacity for start, end, capacity in problem.arcs if start in cut and end not in cut) for cut in cuts
    )


def _value_and_cost(problem: Any, flows: list[int]) -> tuple[int, int]:
    value = sum(flow for flow, arc in zip(flows, problem.arcs, strict=True) if arc[0] == 0)
    return value, sum(flow * arc[3] for flow, arc in zip(flows, problem.arcs, strict=True))


def _cheapest_flow(problem: Any) -> tuple[int, int]:
    import networkx as nx

    network = _flow_network(problem)
    flow = nx.max_flow_min_cost(network, 0, problem.vertices - 1)
    return sum(flow[0].values()), nx.cost_of_flow(network, flow)


def _minimum_cost_maximum_flow(problem: Any, flows: list[int]) -> bool:
    if len(flows) != len(problem.arcs):
        return False
    for vertex in range(1, problem.vertices - 1):
        if sum(((arc[1] == vertex) - (arc[0] == vertex)) * flow for flow, arc in zip(flows, problem.arcs, strict=True)):
            return False
    within = all(0 <= flow <= arc[2] for flow, arc in zip(flows, problem.arcs, strict=True))
    return within and _value_and_cost(problem, flows) == _value_and_cost(problem, problem.solution())


def _arborescence_weight(problem: Any) -> int:
    """Over all choices of an arc into every vertex but the root."""
    import networkx as nx

    others = [vertex for vertex in range(problem.vertices) if vertex != problem.root]
    choices = product(*([arc for arc in problem.arcs if arc[1] == vertex] for vertex in others))
    return min(
        sum(weight for _, _, weight in choice)
        for choice in choices
        if nx.is_arborescence(_graph(problem.vertices, choice, directed=True))
    )


def _arcs_weight(problem: Any, arcs: list[list[int]]) -> int:
    return sum(weight for start, end, weight in problem.arcs if [start, end] in arcs)


def _minimum_directed_spanning_tree(problem: Any, arcs: list[list[int]]) -> bool:
    import networkx as nx

    if not all(arc in [known[:2] for known in problem.arcs] for arc in arcs) or len(arcs) != problem.vertices - 1:
        return False
    tree = _graph(problem.vertices, arcs, directed=True)
    reached = {problem.root, *nx.descendants(tree, problem.root)}
    return len(reached) == problem.vertices and _arcs_weight(problem, arcs) == _arcs_weight(problem, problem.tree)


def _degree_fixed_spanning_tree(problem: Any, pairs: list[list[int]]) -> bool:
    import networkx as nx

    if not all(sorted(pair) in problem.edges for pair in pairs):
        return False
    tree = _graph(len(problem.degrees), pairs)
    return (
        nx.is_tree(tree)
        and len(pairs) == len(problem.degrees) - 1
        and [tree.degree(v) for v in tree] == problem.degrees
    )


def _spanning_weights(problem: Any) -> list[int]:
    """The total weight of each spanning tree, over all choices of edges."""
    import networkx as nx

    choices = combinations(problem.edges, problem.vertices - 1)
    return [sum(sum(edge[2:]) for edge in choice) for choice in choices if nx.is_tree(_graph(problem.vertices, choice))]


def _lightest_tree_count(problem: Any) -> int:
    weights = _spanning_weights(problem)
    return weights.count(min(weights)) % problem.modulus


def _longest_from(problem: Any) -> int:
    """The vertices of the longest path from the solution's start, over all paths."""
    ends: dict[int, list[int]] = {}
    for start, end in problem.arcs:
        ends.setdefault(start, []).append(end)

    def longest(vertex: int, visited: frozenset[int]) -> int:
        return 1 + max((longest(end, visited | {end}) for end in ends.get(vertex, []) if end not in visited), default=0)

    start = problem.path[0]
    return longest(start, frozenset({start}))


def _tournament_longest_path(problem: Any, path: list[int]) -> bool:
    steps = all([*step] in problem.arcs for step in pairwise(path)) and len({*path}) == len(path)
    return steps and path[:1] == problem.path[:1] and len(path) == len(problem.path)


def _eulerian_path(problem: Any, walk: list[int]) -> bool:
    left = [*problem.edges]
    for step in pairwise(walk):
        if sorted(step) not in left:
            return False
        left.remove(sorted(step))
    return not left


def _simple_paths(arcs: Sequence[Sequence[int]], path: list[int]) -> list[list[int]]:
    """The path and all its continuations that visit no vertex twice."""
    ends = [end for start, end, *_ in arcs if start == path[-1] and end not in path]
    return [path, *(longer for end in ends for longer in _simple_paths(arcs, [*path, end]))]


def _heaviest_simple_path(problem: Any) -> int:
    return max(
        _weight(problem, path) for start in range(problem.vertices) for path in _simple_paths(problem.arcs, [start])
    )


def _longest_path(problem: Any, path: list[int]) -> bool:
    if not path or len({*path}) < len(path) or not {*path} <= {*range(problem.vertices)}:
        return False
    return _walk_costs(problem, path) == _weight(problem, problem.path)


def _ratio(problem: Any, walk: Sequence[int]) -> Fraction:
    weights = [_pair_weight(problem, [[*step]]) for step in pairwise(walk)]
    return Fraction(max(weights), min(weights))


def _least_ratio(problem: Any) -> Fraction:
    import networkx as nx

    graph = _graph(problem.vertices, problem.edges)
    return min(_ratio(problem, path) for path in nx.all_simple_paths(graph, 0, problem.vertices - 1))


def _minimum_ratio_path(problem: Any, walk: list[int]) -> bool:
    graph = _graph(problem.vertices, problem.edges)
    if len(walk) < 2 or not all(graph.has_edge(*step) for step in pairwise(walk)):
        return False
    return (walk[0], walk[-1]) == (0, problem.vertices - 1) and _ratio(problem, walk) == _ratio(problem, problem.walk)


def _greatest_xor(problem: Any) -> int:
    """Over all pairs of a vertex and an exclusive or that walks lead to."""
    states = {(0, 0)}
    waiting = deque(states)
    while waiting:
        vertex, value = waiting.popleft()
        for first, second, weight in problem.edges:
            if vertex in (first, second):
                state = (first + second - vertex, value ^ weight)
                if state not in states:
                    states.add(state)
                    waiting.append(state)
    return max(value for vertex, value in states if vertex == problem.vertices - 1)


def _radius(problem: Any, centers: Sequence[int]) -> int:
    import networkx as nx

    return max(nx.multi_source_dijkstra_path_length(_graph(problem.vertices, problem.edges), {*centers}).values())


def _least_radius(problem: Any) -> int:
    choices = combinations(range(problem.vertices), len(problem.centers))
    return min(_radius(problem, centers) for centers in choices)


def _vertex_k_center(problem: Any, centers: list[int]) -> bool:
    count = len(problem.centers)
    if len(centers) != count or len({*centers}) != count or not {*centers} <= {*range(problem.vertices)}:
        return False
    return _radius(problem, centers) == _radius(problem, problem.centers)


def _informs_all(problem: Any, members: Sequence[int]) -> bool:
    import networkx as nx

    graph = _graph(len(problem.costs), problem.arcs, directed=True)
    return {*graph} == {*members}.union(*(nx.descendants(graph, member) for member in members))


def _number_paths(problem: Any) -> int:
    start, end = int(problem.start, 2), int(problem.end, 2)
    ways = {start: 1}
    for number in range(start + 1, end + 1):
        ways[number] = sum(count for before, count in ways.items() if before & number == 0)
    return ways[end] % 10000


def _closed_path_count(problem: Any) -> int:
    """Cycles from their smallest vertex, each found in both directions."""
    last = problem.vertices - 1

    def count(start: int, vertex: int, visited: frozenset[int]) -> int:
        joined = [other for other in range(start, last + 1) if {vertex, other} != {0, last} and other != vertex]
        closed = int(start in joined and len(visited) > 2)
        return closed + sum(count(start, other, visited | {other}) for other in joined if other not in visited)

    return sum(count(start, start, frozenset({start})) for start in range(last)) // 2 % problem.modulus


def _split_count(problem: Any) -> int:
    edges = {frozenset(edge) for edge in problem.edges}
    vertices = {*range(problem.vertices)}

    def holds(members: Sequence[int]) -> bool:
        joined = all(frozenset(pair) in edges for pair in combinations(members, 2))
        return joined and not any(frozenset(pair) in edges for pair in combinations(vertices - {*members}, 2))

    sizes = range(1, problem.vertices)
    return sum(holds(members) for size in sizes for members in combinations(range(problem.vertices), size))


def _crossing_count(problem: Any, groups: Sequence[int]) -> int:
    return sum(groups[first] != groups[second] for first, second in problem.edges)


def _fewest_crossings(problem: Any) -> int:
    splits = product(range(problem.count), repeat=len(problem.groups))
    return min(_crossing_count(problem, groups) for groups in splits if len({*groups}) == problem.count)


def _minimum_crossing_edges(problem: Any, groups: list[int]) -> bool:
    if len(groups) != len(problem.groups) or {*groups} != {*range(problem.count)}:
        return False
    return _crossing_count(problem, groups) == _crossing_count(problem, problem.groups)


def _even_degree_graph_partitioning(problem: Any, groups: list[int]) -> bool:
    if len(groups) != len(problem.groups) or {*groups} - {1, 2}:
        return False
    graph = _graph(len(groups), problem.edges)
    return all(sum(groups[vertex] == groups[other] for other in graph[vertex]) % 2 == 0 for vertex in graph)


def _reseated(seating: Sequence[int], row: Sequence[int]) -> tuple[int, ...]:
    """Who sits in each place after the row was carried out."""
    after = [*seating]
    for person, following in pairwise([*row, row[0]]):
        after[seating.index(following)] = person
    return tuple(after)


def _all_content(problem: Any, seating: Sequence[int]) -> bool:
    circle = [seating[-1], *seating, seating[0]]
    return all(
        {before, after} == {*problem.wishes[person]}
        for before, person, after in zip(circle, circle[1:], circle[2:], strict=False)
    )


def _row_costs(problem: Any, rows: list[list[int]]) -> int:
    return sum(map(len, rows))


def _least_seat_moves(problem: Any) -> int:
    """Whoever has to change places is in a row at least once."""
    seatings = (seating for seating in permutations(range(len(problem.wishes))) if _all_content(problem, seating))
    return min(sum(place != person for place, person in enumerate(seating)) for seating in seatings)


def _campfire_party(problem: Any, rows: list[list[int]]) -> bool:
    seating: Sequence[int] = range(len(problem.wishes))
    for row in rows:
        if not row or len({*row}) < len(row) or not {*row} <= {*range(len(problem.wishes))}:
            return False
        seating = _reseated(seating, row)
    return _all_content(problem, seating) and _row_costs(problem, rows) == _row_costs(problem, problem.solution())


def _walk_in_order(problem: Any) -> int:
    """Takes the walks one by one, the lightest first."""
    queue = [(weight, place) for place, (_, _, weight) in enumerate(problem.arcs)]
    heapify(queue)
    for _ in range(problem.place - 1):
        total, last = heappop(queue)
        for place, (start, _, weight) in enumerate(problem.arcs):
            if start == problem.arcs[last][1]:
                heappush(queue, (total + weight, place))
    return queue[0][0]


def _paths_weight(problem: Any, paths: Sequence[Sequence[int]]) -> int:
    return sum(_weight(problem, [*path]) for path in paths)


def _cheapest_path_cover(problem: Any) -> int:
    """Over all sets of paths."""
    paths = _simple_paths(problem.arcs, [0])[1:]
    steps = [{*pairwise(path)} for path in paths]
    weights = [_weight(problem, path) for path in paths]
    every = {(start, end) for start, end, _ in problem.arcs}
    choices = product((False, True), repeat=len(paths))
    return min(sum(compress(weights, choice)) for choice in choices if set().union(*compress(steps, choice)) == every)


def _min_path_cover(problem: Any, paths: list[list[int]]) -> bool:
    arcs = {(start, end) for start, end, _ in problem.arcs}
    used = {step for path in paths for step in pairwise(path)}
    starts = all(path[0] == 0 for path in paths)
    return starts and used == arcs and _paths_weight(problem, paths) == _paths_weight(problem, problem.paths)


def _more_colours(problem: Any) -> Sequence[list[int]]:
    right = problem.solution()
    return [[*range(100, 100 + count), *right[count:]] for count in range(len(right) + 1)]


def _more_rows(problem: Any) -> Sequence[list[list[int]]]:
    """Rows of one person change nothing and cost 1; at last one of nobody in the circle."""
    right = problem.solution()
    return [*([*right, *[[0]] * count] for count in range(4)), [*right, [-1]]]


def _paths_again(problem: Any) -> Sequence[list[list[int]]]:
    right = problem.solution()
    return [*([*right, *right[:count]] for count in range(len(right) + 1)), []]


def _no_flow(problem: Any) -> Sequence[list[int]]:
    right = problem.solution()
    return [right, [0] * len(right), [-1] * len(right)]


SEARCHES: dict[str, Search] = {
    "AlmostCompleteGraphCycleCounting": (_closed_path_count, _same, range(1)),
    "BipartiteMatching": (_matching_size, lambda problem, answer: len(answer), range(9)),
    "BitAndZero_PathCounting": (_number_paths, _same, range(3)),
    "Bridge": (_bridge_set, _same, range(6)),
    "CampfireParty": (_least_seat_moves, _row_costs, range(1)),
    "CheckAllCycleXorZero": (_all_cycles_cancel, _same, range(6)),
    "Clique_IndependentSet_Partitioning_Counting": (_split_count, _same, range(4)),
    "ColoringCounting": (_colourings_total, _same, range(4)),
    "ConnectedComponents": (_component_count, _same, range(6)),
    "CycleCounting": (_cycle_count, _same, range(8)),
    "HamiltonianPath": (_lightest_tour, _weight, range(6)),
    "LongestPath": (_heaviest_simple_path, _weight, range(4)),
    "MaxXorPath": (_greatest_xor, _same, range(5)),
    "MaximumClique": (_clique_number, lambda problem, answer: len(answer), range(9)),
    "MaximumFlow": (_flow_value, _same, range(6)),
    "MaximumWeightMatching": (_matching_weight, _pair_weight, range(9)),
    "MinPathCover_DAG": (_cheapest_path_cover, _paths_weight, range(2)),
    "MinimumChromaticNumber": (_chromatic_number, lambda problem, answer: len({*answer}), range(3)),
    "MinimumCost_MaximumFlow": (_cheapest_flow, _value_and_cost, range(6)),
    "MinimumDirectedSpanningTree": (_arborescence_weight, _arcs_weight, range(4)),
    "MinimumRatioPath": (_least_ratio, _ratio, range(4)),
    "MinimumSpanningTree": (_least_spanning_weight, _pair_weight, range(3)),
    "MinimumSpanningTreeCounting": (_lightest_tree_count, _same, range(3)),
    "Minimum_CrossingEdges_GraphPartition": (_fewest_crossings, _crossing_count, range(5)),
    "Minimum_DominatingSet": (_cheapest_set(_dominates), _chosen_cost, range(4)),
    "Minimum_VertexCover": (_cheapest_set(_covers), _chosen_cost, range(5)),
    "Path_NoGoingBack_Counting": (_walks, lambda problem, answer: answer, range(3)),
    "ReachabilityTest": (_is_reachable, _same, range(9)),
    "ShortestPath": (_lightest_path, _weight, range(5)),
    "SpanningTreeCount": (lambda problem: len(_spanning_weights(problem)), _same, range(3)),
    "SpyNetwork": (_cheapest_set(_informs_all), _chosen_cost, range(2)),
    "ThreeVertexCycleCounting": (_triangle_count, _same, range(6)),
    "TopologicalSort_MinimalLexicographicalOrder": (_earliest_order, _same, range(2)),
    "Tournament_LongestPath": (_longest_from, lambda problem, answer: len(answer), range(4)),
    "Vertex_KCenter": (_least_radius, _radius, range(4)),
    "WYC": (_walk_in_order, _same, range(5)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "BipartiteMatching": _bipartite_matching,
    "Bridge": _bridge,
    "CampfireParty": _campfire_party,
    "DegreeFixed_SpanningTree": _degree_fixed_spanning_tree,
    "EulerianPath": _eulerian_path,
    "EvenDegreeGraphPartitioning": _even_degree_graph_partitioning,
    "GraphIsomorphism": _graph_isomorphism,
    "HamiltonianPath": _hamiltonian_path,
    "HamiltonianPathExistence": _hamiltonian_path_existence,
    "ImpParty": _imp_party,
    "LongestPath": _longest_path,
    "MaximumClique": _maximum_clique,
    "MaximumWeightMatching": _maximum_weight_matching,
    "MinPathCover_DAG": _min_path_cover,
    "MinimumChromaticNumber": _minimum_chromatic_number,
    "MinimumCost_MaximumFlow": _minimum_cost_maximum_flow,
    "MinimumDirectedSpanningTree": _minimum_directed_spanning_tree,
    "MinimumRatioPath": _minimum_ratio_path,
    "MinimumSpanningTree": _minimum_spanning_tree,
    "Minimum_CrossingEdges_GraphPartition": _minimum_crossing_edges,
    "Minimum_DominatingSet": _is_cheapest_set(_dominates),
    "Minimum_VertexCover": _is_cheapest_set(_covers),
    "ShortestPath": _shortest_path,
    "SpyNetwork": _is_cheapest_set(_informs_all),
    "SubgraphIsomorphism": _subgraph_isomorphism,
    "TopologicalSort": _keeps_order,
    "Tournament_LongestPath": _tournament_longest_path,
    "Vertex_KCenter": _vertex_k_center,
}

BEST_FIRST: dict[str, BestFirst] = {
    "BipartiteMatching": shortened,
    "Bridge": shortened,
    "CampfireParty": _more_rows,
    "HamiltonianPath": _detours,
    "LongestPath": shortened,
    "MaximumClique": shortened,
    "MaximumWeightMatching": shortened,
    "MinPathCover_DAG": _paths_again,
    "MinimumChromaticNumber": _more_colours,
    "MinimumCost_MaximumFlow": _no_flow,
    "Minimum_DominatingSet": with_more,
    "Minimum_VertexCover": with_more,
    "ShortestPath": _detours,
    "SpyNetwork": with_more,
    "Tournament_LongestPath": shortened,
}
