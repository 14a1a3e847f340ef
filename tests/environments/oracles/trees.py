"""What the tests know of the environments of trees."""

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from itertools import chain, combinations, pairwise, permutations, product
from math import ceil
from typing import Any

from tests.environments.oracles._kinds import BestFirst, IsCorrect, Search
from tests.environments.oracles._spoilt import shortened, swapped, with_more


def _same(problem: Any, answer: Any) -> Any:
    return answer


def _tree(edges: Sequence[Sequence[int]], directed: bool = False) -> Any:
    """The networkx graph; a third number is a length."""
    import networkx as nx

    graph: Any = nx.DiGraph() if directed else nx.Graph()
    graph.add_edges_from((first, second, {"weight": sum(rest) if rest else 1}) for first, second, *rest in edges)
    return graph


def _distances(edges: Sequence[Sequence[int]]) -> Any:
    import networkx as nx

    return dict(nx.all_pairs_dijkstra_path_length(_tree(edges)))


def _diameter(edges: Sequence[Sequence[int]]) -> int:
    return max(max(row.values()) for row in _distances(edges).values())


def _center(problem: Any) -> int:
    apart = _distances(problem.edges)
    sums = {vertex: sum(cost * row[other] for other, cost in enumerate(problem.costs)) for vertex, row in apart.items()}
    (best,) = [vertex for vertex, total in sums.items() if total == min(sums.values())]
    return best


def _common_ancestor(problem: Any) -> int:
    import networkx as nx

    downward = nx.bfs_tree(_tree(problem.edges), problem.root)
    return nx.lowest_common_ancestor(downward, problem.first, problem.second)


Shape = tuple[Any, Any] | None  # of a binary tree: its left and right subtree


@cache
def _shapes(nodes: int) -> tuple[Shape, ...]:
    """All binary trees of as many nodes, by the numbers of their left and right subtrees."""
    if nodes == 0:
        return (None,)
    return tuple(pair for left in range(nodes) for pair in product(_shapes(left), _shapes(nodes - 1 - left)))


def _listed(shape: Shape, inorder: Sequence[int], order: str) -> list[int]:
    """The nodes of a shape in preorder or postorder."""
    if shape is None:
        return []
    count = _size(shape[0])
    left, right = _listed(shape[0], inorder[:count], order), _listed(shape[1], inorder[count + 1 :], order)
    root = [inorder[count]]
    return [*root, *left, *right] if order == "pre" else [*left, *right, *root]


def _size(shape: Shape) -> int:
    return 0 if shape is None else 1 + _size(shape[0]) + _size(shape[1])


def _preorder(problem: Any) -> list[int]:
    (shape,) = [
        shape for shape in _shapes(len(problem.inorder)) if _listed(shape, problem.inorder, "post") == problem.postorder
    ]
    return _listed(shape, problem.inorder, "pre")


def _kth_tree(problem: Any) -> str:
    def written(shape: Shape) -> str:
        if shape is None:
            return ""
        left, right = map(written, shape)
        return (f"({left})" if left else "") + "X" + (f"({right})" if right else "")

    trees: list[Shape] = []
    while len(trees) <= problem.number:
        trees += _shapes(_size(trees[-1]) + 1 if trees else 0)
    return written(trees[problem.number])


def _code_length(problem: Any, words: Sequence[str]) -> int:
    return sum(count * len(word) for count, word in zip(problem.counts, words, strict=True))


def _shortest_code(problem: Any) -> int:
    """Over all trees with the letters at their leaves: each set of letters is split in all ways."""

    @cache
    def least(letters: frozenset[int]) -> int:
        if len(letters) == 1:
            return 0
        below = min(
            least(frozenset(some)) + least(letters - {*some})
            for count in range(1, len(letters))
            for some in combinations(sorted(letters), count)
        )
        return below + sum(problem.counts[letter] for letter in letters)

    return least(frozenset(range(len(problem.counts))))


def _huffman_coding(problem: Any, words: list[str]) -> bool:
    if len(words) != len(problem.counts) or {*"".join(words)} - {"0", "1"}:
        return False
    free = not any(after.startswith(before) for before, after in permutations(words, 2))
    return free and _code_length(problem, words) == _code_length(problem, problem.solution())


def _inserted_one_by_one(problem: Any) -> list[int]:
    below: dict[int, dict[bool, int]] = {}
    root = problem.numbers[0]
    for number in problem.numbers:
        at = root
        while number != at and (number > at) in below[at]:
            at = below[at][number > at]
        if number != at:
            below[at][number > at] = number
        below[number] = {}

    def postorder(number: int) -> list[int]:
        sides = [postorder(below[number][side]) for side in (False, True) if side in below[number]]
        return [*chain(*sides), number]

    return postorder(root)


def _total(numbers: Sequence[int], chosen: Sequence[int]) -> int:
    return sum(numbers[vertex] for vertex in chosen)


def _subsets(vertices: int) -> list[tuple[int, ...]]:
    return [some for count in range(vertices + 1) for some in combinations(range(vertices), count)]


def _apart(problem: Any, chosen: Sequence[int]) -> bool:
    return not any({first, second} <= {*chosen} for first, second in problem.edges)


def _heaviest_independent(problem: Any) -> int:
    weights = problem.weights
    return max(_total(weights, some) for some in _subsets(len(weights)) if _apart(problem, some))


def _maximum_independent_set_tree(problem: Any, chosen: list[int]) -> bool:
    if len({*chosen}) < len(chosen) or not {*chosen} <= {*range(len(problem.weights))}:
        return False
    return _apart(problem, chosen) and _total(problem.weights, chosen) == _total(problem.weights, problem.solution())


def _diameter_with(problem: Any, ends: Sequence[int]) -> int:
    first, second = ends
    kept = [edge for edge in problem.edges if {first, second} != {*edge[:2]} or edge[2] < problem.length]
    parallel = len(kept) == len(problem.edges) and [*sorted(ends)] in [edge[:2] for edge in kept]
    return _diameter(kept if parallel or first == second else [*kept, [first, second, problem.length]])


def _least_diameter_with_edge(problem: Any) -> int:
    return min(_diameter_with(problem, ends) for ends in combinations(range(problem.vertices), 2))


def _tree_add_one_edge_diameter(problem: Any, ends: list[int]) -> bool:
    if len(ends) != 2 or not {*ends} <= {*range(problem.vertices)}:
        return False
    return _diameter_with(problem, ends) == _diameter_with(problem, problem.solution())


def _exchanged(problem: Any, change: Sequence[Sequence[int]]) -> list[list[int]] | None:
    """The edges after an exchange, or None where it is not allowed or leaves no tree."""
    import networkx as nx

    if [len(edge) for edge in change] != [2, 2]:
        return None
    removed, added = map(sorted, change)
    if removed not in problem.edges or removed == added or not {*added} <= {*range(len(problem.edges) + 1)}:
        return None
    edges = [*(edge for edge in problem.edges if edge != removed), added]
    graph = _tree(edges)
    return edges if nx.is_tree(graph) and len(graph) == len(problem.edges) + 1 else None


def _exchanged_diameter(problem: Any, change: Sequence[Sequence[int]]) -> int:
    edges = _exchanged(problem, change)
    assert edges is not None
    return _diameter(edges)


def _best_exchange(problem: Any) -> int:
    pairs = combinations(range(len(problem.edges) + 1), 2)
    trees = (_exchanged(problem, change) for change in product(problem.edges, [[*pair] for pair in pairs]))
    return (max if problem.longer else min)(_diameter(edges) for edges in trees if edges is not None)


def _tree_change_one_edge_diameter(problem: Any, change: list[list[int]]) -> bool:
    edges = _exchanged(problem, change)
    return edges is not None and _diameter(edges) == _exchanged_diameter(problem, problem.solution())


def _distance_sum(problem: Any, chosen: Sequence[int]) -> int:
    apart = _distances(problem.edges)
    others = [vertex for vertex in apart if vertex not in chosen]
    return sum(apart[first][second] for group in (chosen, others) for first, second in combinations(group, 2))


def _farthest_groups(problem: Any) -> int:
    return max(_distance_sum(problem, some) for some in combinations(range(problem.vertices), problem.count))


def _tree_coloring(problem: Any, chosen: list[int]) -> bool:
    if len(chosen) != problem.count or len({*chosen}) != problem.count or not {*chosen} <= {*range(problem.vertices)}:
        return False
    return _distance_sum(problem, chosen) == _distance_sum(problem, problem.chosen)


def _tree_even_partitioning(problem: Any, sets: list[list[int]]) -> bool:
    import networkx as nx

    if sorted(vertex for members in sets for vertex in members) != [*range(len(problem.edges) + 1)]:
        return False
    tree = _tree(problem.edges)
    return all(len(members) == problem.size and nx.is_connected(tree.subgraph(members)) for members in sets)


def _steps_along(problem: Any, walk: Sequence[int]) -> bool:
    return all(sorted(step) in problem.edges for step in pairwise(walk))


def _most_visited(problem: Any) -> int:
    """Over all walks."""
    tree = _tree(problem.edges)
    walks = {(0, frozenset({0}))}
    for _ in range(problem.steps):
        walks = {(after, visited | {after}) for vertex, visited in walks for after in tree[vertex]}
    return max(len(visited) for _, visited in walks)


def _tree_maximum_visited_vertex(problem: Any, walk: list[int]) -> bool:
    if len(walk) != problem.steps + 1 or walk[0] != 0 or not _steps_along(problem, walk):
        return False
    return len({*walk}) == len({*problem.solution()})


def _equal_triads(problem: Any) -> int:
    apart = _distances(problem.edges)
    return sum(apart[a][b] == apart[b][c] == apart[a][c] for a, b, c in combinations(apart, 3))


def _linear_extensions(problem: Any) -> int:
    orders = permutations(range(len(problem.pairs) + 1))
    return sum(all(order[first] < order[second] for first, second in problem.pairs) for order in orders) % (
        problem.modulus
    )


def _preorder_worth(problem: Any, preorder: list[int]) -> int | None:
    """A preorder fits if inserting it into a search tree gives it back."""
    if sorted(preorder) != [*range(len(problem.values))]:
        return None

    def grown(numbers: list[int]) -> Shape:
        below = [[n for n in numbers if n < numbers[0]], [n for n in numbers if n > numbers[0]]] if numbers else []
        return (grown(below[0]), grown(below[1])) if numbers else None

    shape = grown(preorder)
    fits = _listed(shape, range(len(preorder)), "pre") == preorder
    return _shape_worth(shape, problem.values) if fits else None


def _shape_worth(shape: Shape, values: Sequence[int]) -> int:
    if shape is None:
        return 1
    count = _size(shape[0])
    product_ = _shape_worth(shape[0], values[:count]) * _shape_worth(shape[1], values[count + 1 :])
    return values[0] if len(values) == 1 else product_ + values[count]


def _greatest_worth(problem: Any) -> int:
    return max(_shape_worth(shape, problem.values) for shape in _shapes(len(problem.values)))


def _weighted_binary_tree(problem: Any, preorder: list[int]) -> bool:
    worth = _preorder_worth(problem, preorder)
    return worth is not None and worth == _preorder_worth(problem, problem.preorder)


def _most_reachable_pairs(problem: Any) -> int:
    """Over all directions of the edges."""
    import networkx as nx

    def pairs(turned: Sequence[bool]) -> int:
        arcs = [edge[::-1] if turn else edge for edge, turn in zip(problem.edges, turned, strict=True)]
        graph = _tree(arcs, directed=True)
        return sum(len(nx.descendants(graph, vertex)) for vertex in graph)

    return max(pairs(turned) for turned in product((False, True), repeat=len(problem.edges)))


def _multi_drink(problem: Any, order: list[int]) -> bool:
    tree = _tree(problem.edges)
    if sorted(order) != sorted(tree):
        return False
    return all(tree.has_edge(*hop) or {*tree[hop[0]]} & {*tree[hop[1]]} for hop in pairwise(order))


def _covers(problem: Any, chosen: Sequence[int]) -> bool:
    apart = _distances(problem.edges)
    return all(any(apart[vertex][other] <= problem.reach for other in chosen) for vertex in problem.required)


def _cheapest_coverage(problem: Any) -> int:
    apart = _distances(problem.edges)
    required = {*problem.required}
    near = [{other for other in required if apart[vertex][other] <= problem.reach} for vertex in range(len(apart))]
    sets = _subsets(len(problem.costs))
    return min(_total(problem.costs, some) for some in sets if required <= {*()}.union(*(near[v] for v in some)))


def _min_cost_tree_coverage(problem: Any, chosen: list[int]) -> bool:
    if len({*chosen}) < len(chosen) or not {*chosen} <= {*range(len(problem.costs))}:
        return False
    return _total(problem.costs, chosen) == _total(problem.costs, problem.chosen) and _covers(problem, chosen)


def _most_pieces(problem: Any) -> int:
    """Over all pairs of paths without a common edge; a forest has as many trees as vertices more than edges."""
    import networkx as nx

    tree = _tree(problem.edges)
    paths = [path for targets in dict(nx.all_pairs_shortest_path(tree)).values() for path in targets.values()]
    paths = [path for path in paths if path[0] <= path[-1]]
    edges = [{frozenset(step) for step in pairwise(path)} for path in paths]
    return max(
        len(left := {*tree} - {*first} - {*second}) - sum({*edge} <= left for edge in problem.edges)
        for (first, first_edges), (second, second_edges) in combinations(zip(paths, edges, strict=True), 2)
        if not first_edges & second_edges
    )


def _extinguishers(problem: Any, assigned: Sequence[int]) -> int:
    return sum(ceil(Fraction(count, problem.group)) for count in Counter(assigned).values())


def _fewest_extinguishers(problem: Any) -> int:
    apart = _distances(problem.edges)
    near = [[other for other, steps in apart[v].items() if steps <= problem.reach] for v in range(len(apart))]
    return min(_extinguishers(problem, assigned) for assigned in product(*near))


def _gas_fire_extinguishers(problem: Any, assigned: list[int]) -> bool:
    if len(assigned) != len(problem.edges) + 1 or not {*assigned} <= {*range(len(assigned))}:
        return False
    if _extinguishers(problem, assigned) != _extinguishers(problem, problem.solution()):
        return False
    apart = _distances(problem.edges)
    return all(apart[vertex][other] <= problem.reach for vertex, other in enumerate(assigned))


def _longer_words(problem: Any) -> Sequence[list[str]]:
    """No word becomes the beginning of another when it grows, so these stay codes."""
    right = problem.solution()
    return [*([right[0] + "0" * count, *right[1:]] for count in range(5)), ["2", *right[1:]]]


SEARCHES: dict[str, Search] = {
    "BinarySearchTreeInsert": (_inserted_one_by_one, _same, range(9)),
    "GasFireExtinguishers": (_fewest_extinguishers, _extinguishers, range(2)),
    "HuffmanCoding": (_shortest_code, _code_length, range(4)),
    "Kth_BinaryTree": (_kth_tree, _same, range(4)),
    "LowestCommonAncestor": (_common_ancestor, _same, range(9)),
    "Maximum_IndependentSet_Tree": (_heaviest_independent, lambda p, a: _total(p.weights, a), range(5)),
    "MinCostTreeCoverage": (_cheapest_coverage, lambda p, a: _total(p.costs, a), range(5)),
    "MostComponentTreeRemovingTwoPaths": (_most_pieces, _same, range(2)),
    "POLPolarization": (_most_reachable_pairs, _same, range(2)),
    "PreorderTraversal": (_preorder, _same, range(4)),
    "TreeAddOneEdgeDiameter": (_least_diameter_with_edge, _diameter_with, range(4)),
    "TreeCenter": (_center, _same, range(9)),
    "TreeChangeOneEdgeDiameter": (_best_exchange, _exchanged_diameter, range(3)),
    "TreeColoring": (_farthest_groups, _distance_sum, range(4)),
    "TreeDiameter": (lambda problem: _diameter(problem.edges), _same, range(9)),
    "TreeMaximumVisitedVertex": (_most_visited, lambda problem, walk: len({*walk}), range(5)),
    "TreeTopologicalSequenceCounting": (_linear_extensions, _same, range(3)),
    "Tree_DistanceEqualTriad_Counting": (_equal_triads, _same, range(9)),
    "WeightedBinaryTree": (_greatest_worth, _preorder_worth, range(4)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "GasFireExtinguishers": _gas_fire_extinguishers,
    "HuffmanCoding": _huffman_coding,
    "Maximum_IndependentSet_Tree": _maximum_independent_set_tree,
    "MinCostTreeCoverage": _min_cost_tree_coverage,
    "MultiDrink": _multi_drink,
    "TreeAddOneEdgeDiameter": _tree_add_one_edge_diameter,
    "TreeChangeOneEdgeDiameter": _tree_change_one_edge_diameter,
    "TreeColoring": _tree_coloring,
    "TreeEvenPartitioning": _tree_even_partitioning,
    "TreeMaximumVisitedVertex": _tree_maximum_visited_vertex,
    "WeightedBinaryTree": _weighted_binary_tree,
}

BEST_FIRST: dict[str, BestFirst] = {
    "BinarySearchTreeInsert": swapped,
    "HuffmanCoding": _longer_words,
    "Maximum_IndependentSet_Tree": shortened,
    "MinCostTreeCoverage": with_more,
    "PreorderTraversal": swapped,
}
