"""What the tests know of the environments of grids."""

from collections.abc import Iterator, Sequence
from itertools import combinations, islice, pairwise, product
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt


def _undamaged(problem: Any) -> int:
    def spans(size: int) -> list[range]:
        return [range(first, last + 1) for first in range(size) for last in range(first, size)]

    rows = problem.rows
    return sum(
        all(rows[y][x] == "1" for y in ys for x in xs) for ys, xs in product(spans(len(rows)), spans(len(rows[0])))
    )


def _size(matrix: Sequence[Any]) -> tuple[int, int]:
    return len(matrix), len(matrix[0])


def _rectangles(height: int, width: int) -> Iterator[list[tuple[int, int]]]:
    """The cells of every rectangle."""
    for (top, bottom), (left, right) in product(combinations(range(height + 1), 2), combinations(range(width + 1), 2)):
        yield list(product(range(top, bottom), range(left, right)))


def _transposed(problem: Any) -> list[list[int]]:
    height, width = _size(problem.matrix)
    return [[problem.matrix[row][column] for row in range(height)] for column in range(width)]


def _rotated(problem: Any) -> list[list[int]]:
    """A quarter clockwise takes (row, column) to (column, height - 1 - row)."""
    height, width = _size(problem.matrix)
    places = {(row, column): problem.matrix[row][column] for row in range(height) for column in range(width)}
    for _ in range(problem.quarters):
        places = {(column, height - 1 - row): entry for (row, column), entry in places.items()}
        height, width = width, height
    return [[places[row, column] for column in range(width)] for row in range(height)]


def _by_diagonal(problem: Any) -> list[int]:
    height, width = _size(problem.matrix)
    cells = sorted(product(range(height), range(width)), key=lambda cell: (sum(cell), cell[1]))
    return [problem.matrix[row][column] for row, column in cells]


def _grid_graph(rows: Sequence[str], allowed: str) -> Any:
    import networkx as nx

    graph = nx.grid_2d_graph(*_size(rows))
    height, width = _size(rows)
    graph.remove_nodes_from(
        [cell for cell in product(range(height), range(width)) if rows[cell[0]][cell[1]] not in allowed]
    )
    return graph


def _largest_component(problem: Any) -> int:
    import networkx as nx

    return max(map(len, nx.connected_components(_grid_graph(problem.rows, "1"))), default=0)


def _distances(problem: Any) -> list[list[int]]:
    import networkx as nx

    graph = _grid_graph(problem.rows, "01")
    lengths = dict(nx.all_pairs_shortest_path_length(graph))
    height, width = _size(problem.rows)
    ones = [cell for cell in graph if problem.rows[cell[0]][cell[1]] == "1"]
    return [
        [min((lengths[one].get((y, x), 10**6) for one in ones), default=10**6) for x in range(width)]
        for y in range(height)
    ]


def _walks(problem: Any, moves: str) -> bool:
    steps = {"L": -1j, "R": 1j, "U": -1, "D": 1}
    cells = {complex(y, x): cell for y, row in enumerate(problem.rows) for x, cell in enumerate(row)}
    at = 0j
    for move in moves:
        at += steps[move]
        if cells.get(at) != ".":
            return False
    return at == complex(*_size(problem.rows)) - (1 + 1j)


def _shortest_walk(problem: Any) -> int:
    import networkx as nx

    height, width = _size(problem.rows)
    return len(nx.shortest_path(_grid_graph(problem.rows, "."), (0, 0), (height - 1, width - 1))) - 1


def _is_shortest_walk(problem: Any, moves: str) -> bool:
    return _walks(problem, moves) and len(moves) == _shortest_walk(problem)


def _longer_walks(problem: Any) -> Sequence[str]:
    """There and back at the start takes two moves more each time."""
    right = problem.solution()
    back = {"D": "DU", "R": "RL"}[right[0]]
    return [*(back * times + right for times in range(4)), right[:-1]]


def _largest_rectangle(problem: Any) -> int:
    every = _rectangles(*_size(problem.rows))
    return max((len(cells) for cells in every if all(problem.rows[y][x] == "1" for y, x in cells)), default=0)


def _least_path(problem: Any) -> int:
    def sums(row: int, column: int) -> Iterator[int]:
        entry = problem.matrix[row][column]
        if (row + 1, column + 1) == _size(problem.matrix):
            yield entry
        for down, right in ((1, 0), (0, 1)):
            if row + down < len(problem.matrix) and column + right < len(problem.matrix[0]):
                yield from (entry + rest for rest in sums(row + down, column + right))

    return min(sums(0, 0))


def _next_generation(problem: Any) -> list[str]:
    alive = {(y, x) for y, row in enumerate(problem.rows) for x, cell in enumerate(row) if cell == "1"}
    height, width = _size(problem.rows)

    def lives(y: int, x: int) -> bool:
        around = sum((y + dy, x + dx) in alive for dy, dx in product((-1, 0, 1), repeat=2) if (dy, dx) != (0, 0))
        return around in ((2, 3) if (y, x) in alive else (3,))

    return ["".join("1" if lives(y, x) else "0" for x in range(width)) for y in range(height)]


def _divisible(problem: Any) -> int:
    every = _rectangles(*_size(problem.matrix))
    return sum(sum(problem.matrix[y][x] for y, x in cells) % problem.divisor == 0 for cells in every)


def _robot(problem: Any) -> list[int]:
    place, ahead = 0j, 1j
    for command in problem.commands:
        place += ahead if command == "F" else 0
        ahead *= {"F": 1, "L": 1j, "R": -1j}[command]
    return [int(place.real), int(place.imag)]


def _three_squares(problem: Any) -> int:
    height, width = _size(problem.matrix)
    side = problem.side
    squares = [
        frozenset(product(range(y, y + side), range(x, x + side)))
        for y in range(height - side + 1)
        for x in range(width - side + 1)
    ]
    triples = ((a, b, c) for a, b in combinations(squares, 2) if not a & b for c in squares if not c & a and not c & b)
    return max(sum(problem.matrix[y][x] for square in triple for y, x in square) for triple in triples)


def _independent_sum(problem: Any, rows: list[str]) -> int:
    """The sum of the chosen entries, -1 where two are neighbours."""
    chosen = [(y, x) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell == "1"]
    if any(abs(a - c) + abs(b - d) == 1 for (a, b), (c, d) in combinations(chosen, 2)):
        return -1
    return sum(problem.matrix[y][x] for y, x in chosen)


def _heaviest_independent(problem: Any) -> int:
    """By the minimum cut of the chessboard's two colours."""
    import networkx as nx

    graph = nx.DiGraph()
    height, width = _size(problem.matrix)
    for y, x in product(range(height), range(width)):
        if (y + x) % 2:
            graph.add_edge((y, x), "sink", capacity=problem.matrix[y][x])
            continue
        graph.add_edge("source", (y, x), capacity=problem.matrix[y][x])
        for other in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
            if 0 <= other[0] < height and 0 <= other[1] < width:
                graph.add_edge((y, x), other)
    return sum(map(sum, problem.matrix)) - nx.minimum_cut_value(graph, "source", "sink")


def _is_heaviest_independent(problem: Any, rows: list[str]) -> bool:
    if [len(row) for row in rows] != [len(row) for row in problem.matrix]:
        return False
    total = _independent_sum(problem, rows)
    return total >= _independent_sum(problem, problem.solution()) and total == _heaviest_independent(problem)


def _fewer_chosen(problem: Any) -> Sequence[list[str]]:
    """Row after row loses what it has chosen."""
    right = problem.solution()
    return [["0" * len(row) for row in right[:count]] + right[count:] for count in range(len(right) + 1)]


def _collected(problem: Any) -> int:
    import networkx as nx

    graph = nx.MultiDiGraph()
    height, width = _size(problem.matrix)
    for y, x in product(range(height), range(width)):
        graph.add_edge((y, x, "in"), (y, x, "out"), capacity=1, weight=-problem.matrix[y][x])
        graph.add_edge((y, x, "in"), (y, x, "out"), capacity=problem.paths, weight=0)
        for other in ((y + 1, x), (y, x + 1)):
            if other[0] < height and other[1] < width:
                graph.add_edge((y, x, "out"), (*other, "in"), capacity=problem.paths, weight=0)
    graph.nodes[0, 0, "in"]["demand"] = -problem.paths
    graph.nodes[height - 1, width - 1, "out"]["demand"] = problem.paths
    return -nx.network_simplex(graph)[0]


def _differences(problem: Any, rows: Sequence[int], columns: Sequence[int]) -> int:
    beside = sum(abs(problem.matrix[r][a] - problem.matrix[r][b]) for r in rows for a, b in pairwise(columns))
    return beside + sum(abs(problem.matrix[a][c] - problem.matrix[b][c]) for c in columns for a, b in pairwise(rows))


def _least_differences(problem: Any) -> int:
    (height, width), (rows, columns) = _size(problem.matrix), map(len, problem.chosen)
    every = product(combinations(range(height), rows), combinations(range(width), columns))
    return min(_differences(problem, *chosen) for chosen in every)


def _difference_of(problem: Any, answer: list[list[int]]) -> int:
    rows, columns = ([number - 1 for number in numbers] for numbers in answer)
    return _differences(problem, rows, columns)


def _rougher(problem: Any) -> Sequence[list[list[int]]]:
    """Up to a hundred choices of rows and columns, by their differences."""
    (height, width), (rows, columns) = _size(problem.matrix), map(len, problem.chosen)
    every = product(combinations(range(1, height + 1), rows), combinations(range(1, width + 1), columns))
    chosen = [[[*numbers] for numbers in pair] for pair in islice(every, 100)]
    return [problem.solution(), *sorted(chosen, key=lambda answer: _difference_of(problem, answer))]


def _is_smoothest(problem: Any, answer: list[list[int]]) -> bool:
    if list(map(len, answer)) != list(map(len, problem.chosen)):
        return False
    for numbers, size in zip(answer, _size(problem.matrix), strict=True):
        if numbers != sorted(set(numbers)) or set(numbers) - set(range(1, size + 1)):
            return False
    return _difference_of(problem, answer) == _difference_of(problem, problem.solution())


def _rows_spoilt(problem: Any) -> Sequence[list[list[int]]]:
    right = problem.solution()
    spoilt = [[[10**6] * len(row) for row in right[:count]] + right[count:] for count in range(len(right) + 1)]
    return [*spoilt, right[1:]]


def _cells_spoilt(problem: Any) -> Sequence[list[str]]:
    right = problem.solution()
    turned = str.maketrans("01", "10")
    spoilt = [[row.translate(turned) for row in right[:count]] + right[count:] for count in range(len(right) + 1)]
    return [*spoilt, right[1:]]


EXAMPLES: dict[str, Example] = {
    "MatrixTranspose": ({"matrix": [[1, 2, 3], [4, 5, 6]]}, [[1, 4], [2, 5], [3, 6]]),
    "MatrixRotate": ({"matrix": [[1, 2, 3], [4, 5, 6]], "quarters": 1}, [[4, 1], [5, 2], [6, 3]]),
    "DiagonalTraversal": ({"matrix": [[1, 2, 3], [4, 5, 6]]}, [1, 4, 2, 5, 3, 6]),
    "RobotWalk": ({"commands": "FFRFLF"}, [1, 3]),
    "SpiralMatrix": ({"matrix": [[1, 2, 3], [4, 5, 6], [7, 8, 9]]}, [1, 2, 3, 6, 9, 8, 7, 4, 5]),
}

SEARCHES: dict[str, Search] = {
    "MatrixTranspose": (_transposed, lambda problem, answer: answer, range(6)),
    "MatrixRotate": (_rotated, lambda problem, answer: answer, range(6)),
    "DiagonalTraversal": (_by_diagonal, lambda problem, answer: answer, range(6)),
    "GridComponent": (_largest_component, lambda problem, answer: answer, range(6)),
    "GridBFS": (
        _distances,
        lambda problem, answer: [[entry if entry >= 0 else 10**6 for entry in row] for row in answer],
        range(6),
    ),
    "Maze": (_shortest_walk, lambda problem, answer: len(answer) if _walks(problem, answer) else -1, range(6)),
    "LargestRectangleInGrid": (_largest_rectangle, lambda problem, answer: answer, range(6)),
    "MinimumPathSum": (_least_path, lambda problem, answer: answer, range(6)),
    "GameOfLife": (_next_generation, lambda problem, answer: answer, range(6)),
    "MaximumIndependentSetGrid": (_heaviest_independent, _independent_sum, range(6)),
    "MaxThreeSquareSum": (_three_squares, lambda problem, answer: answer, range(3)),
    "SubmatrixSumDivisibleCounting": (_divisible, lambda problem, answer: answer, range(6)),
    "RobotWalk": (_robot, lambda problem, answer: answer, range(6)),
    "MaxGridPathIntersection": (_collected, lambda problem, answer: answer, range(4)),
    "MinimumSumDifferenceSubmatrix": (_least_differences, _difference_of, range(5)),
    "UndamagedSubmatrixCounting": (_undamaged, lambda problem, answer: answer, range(6)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "Maze": _is_shortest_walk,
    "MaximumIndependentSetGrid": _is_heaviest_independent,
    "MinimumSumDifferenceSubmatrix": _is_smoothest,
}

BEST_FIRST: dict[str, BestFirst] = {
    "MatrixTranspose": _rows_spoilt,
    "MatrixRotate": _rows_spoilt,
    "DiagonalTraversal": integers_spoilt,
    "GridBFS": _rows_spoilt,
    "Maze": _longer_walks,
    "GameOfLife": _cells_spoilt,
    "MaximumIndependentSetGrid": _fewer_chosen,
    "MinimumSumDifferenceSubmatrix": _rougher,
    "SpiralMatrix": integers_spoilt,
}
