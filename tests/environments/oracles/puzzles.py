"""What the tests know of the environments of puzzles."""

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise, product
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search

Cells = dict[tuple[int, int], Any]


def _cells(rows: Sequence[Sequence[Any]]) -> Cells:
    return {(y, x): entry for y, row in enumerate(rows) for x, entry in enumerate(row)}


def _lines(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """The rows, then the columns."""
    return [*map(list, rows), *([row[x] for row in rows] for x in range(len(rows[0])))]


def _completes(answer: Sequence[Sequence[Any]], givens: Sequence[Sequence[Any]], blank: Any) -> bool:
    found, given = _cells(answer), _cells(givens)
    return found.keys() == given.keys() and all(found[cell] == given[cell] for cell in given if given[cell] != blank)


def _around(cell: tuple[int, int]) -> list[tuple[int, int]]:
    return [(cell[0] + dy, cell[1] + dx) for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1))]


def _latin(square: list[list[int]]) -> bool:
    return all(set(line) == set(range(1, len(square) + 1)) for line in _lines(square))


def _completed_latin(problem: Any, answer: list[list[int]]) -> bool:
    return _completes(answer, problem.givens, 0) and _latin(answer)


def _sudoku(problem: Any, answer: list[list[int]]) -> bool:
    if not _completes(answer, problem.givens, 0) or not _latin(answer):
        return False
    boxes = {(y // problem.height, x // problem.width, entry) for (y, x), entry in _cells(answer).items()}
    return len(boxes) == len(answer) ** 2


def _futoshiki(problem: Any, answer: list[list[int]]) -> bool:
    if not _completes(answer, problem.givens, 0) or not _latin(answer):
        return False
    lines = [line.split() for line in problem.prompt().splitlines()[1:] if "<" in line]
    return all(answer[int(a) - 1][int(b) - 1] < answer[int(c) - 1][int(d) - 1] for a, b, _, c, d in lines)


def _town(of: Callable[[list[int]], int]) -> IsCorrect:
    def correct(problem: Any, answer: list[list[int]]) -> bool:
        side = len(problem.square)
        if _cells(answer).keys() != _cells(problem.square).keys() or not _latin(answer):
            return False
        told = [list(map(int, line.split(":")[1].split())) for line in problem.prompt().splitlines()[-4:]]
        for place in range(side):
            row, column = answer[place], [answer[y][place] for y in range(side)]
            for clue, line in zip(
                (numbers[place] for numbers in told), (row, row[::-1], column, column[::-1]), strict=True
            ):
                seen = [height for spot, height in enumerate(line) if all(height > other for other in line[:spot])]
                if clue not in (0, of(seen)):
                    return False
        return True

    return correct


def _permutes(answer: list[list[int]]) -> bool:
    entries = _cells(answer).values()
    return set(entries) == set(range(1, len(entries) + 1))


def _survo(problem: Any, answer: list[list[int]]) -> bool:
    if not _completes(answer, problem.givens, 0) or not _permutes(answer):
        return False
    lines = problem.prompt().splitlines()
    sums = [int(line.split("=")[1]) for line in lines[1:-1]] + [int(word) for word in lines[-1].split()]
    return [sum(line) for line in _lines(answer)] == sums


def _numbrix(problem: Any, answer: list[list[int]]) -> bool:
    if not _completes(answer, problem.givens, 0) or not _permutes(answer):
        return False
    cells = _cells(answer)
    last = len(cells)
    return all(entry == last or entry + 1 in map(cells.get, _around(cell)) for cell, entry in cells.items())


def _magic(problem: Any, answer: list[list[int]]) -> bool:
    if not _completes(answer, problem.givens, 0) or not _permutes(answer):
        return False
    side = len(answer)
    diagonals = [{(place, place) for place in range(side)}, {(place, side - 1 - place) for place in range(side)}]
    cells = _cells(answer)
    sums = {sum(line) for line in _lines(answer)} | {sum(cells[cell] for cell in line) for line in diagonals}
    return len(sums) == 1


def _tells_counts(problem: Any, answer: list[str]) -> bool:
    """Whether rows and columns have the numbers of ones that the prompt tells."""
    lines = problem.prompt().splitlines()
    counts = [int(line.split()[1]) for line in lines[1:-1]] + [int(word) for word in lines[-1].split()]
    return [line.count("1") for line in _lines(answer)] == counts


def _binario(problem: Any, answer: list[str]) -> bool:
    if not _completes(answer, problem.givens, "*") or not _tells_counts(problem, answer):
        return False
    return not any(a == b == c for line in _lines(answer) for a, b, c in zip(line, line[1:], line[2:], strict=False))


def _balanced(problem: Any, answer: list[str]) -> bool:
    if not _completes(answer, problem.givens, "*"):
        return False
    return all(2 * line.count("1") == len(line) for line in _lines(answer))


def _campsite(problem: Any, answer: list[str]) -> bool:
    if not _completes(answer, problem.givens, "*") or not _tells_counts(problem, answer):
        return False
    ones = {cell for cell, entry in _cells(answer).items() if entry == "1"}
    return not any(other in ones for cell in ones for other in _around(cell))


def _star_battle(problem: Any, answer: list[str]) -> bool:
    if _cells(answer).keys() != _cells(problem.rows).keys():
        return False
    stars = [cell for cell, entry in _cells(answer).items() if entry == "*"]
    changed = [cell for cell, entry in _cells(answer).items() if entry != _cells(problem.rows)[cell]]
    if stars != changed or any(_cells(problem.rows)[cell] != "." for cell in stars):
        return False
    apart = all(b != d and max(abs(a - c), abs(b - d)) > 1 for (a, b), (c, d) in combinations(stars, 2))
    return apart and [y for y, _ in stars] == list(range(len(problem.rows)))


def _light_up(problem: Any, answer: list[str]) -> bool:
    before, after = _cells(problem.rows), _cells(answer)
    if before.keys() != after.keys() or any(
        after[cell] != before[cell] and (before[cell], after[cell]) != (".", "L") for cell in before
    ):
        return False
    bulbs = {cell for cell, entry in after.items() if entry == "L"}

    def sees(a: tuple[int, int], b: tuple[int, int]) -> bool:
        (y, x), (v, u) = sorted((a, b))
        if y != v and x != u:
            return False
        return all(after[row, column] in ".L" for row in range(y, v + 1) for column in range(x, u + 1))

    lit = all(any(sees(bulb, cell) for bulb in bulbs) for cell, entry in after.items() if entry == ".")
    clues = all(sum(near in bulbs for near in _around(cell)) == int(n) for cell, n in after.items() if n.isdigit())
    return lit and clues and not any(sees(a, b) for a, b in combinations(bulbs, 2))


def _hitori(problem: Any, answer: list[str]) -> bool:
    import networkx as nx

    struck, numbers = _cells(answer), _cells(problem.matrix)
    if struck.keys() != numbers.keys():
        return False
    left = [cell for cell, entry in struck.items() if entry == "."]
    repeated = any((a[0] == b[0] or a[1] == b[1]) and numbers[a] == numbers[b] for a, b in combinations(left, 2))
    touching = any(
        struck.get(other) == "*" for cell, entry in struck.items() if entry == "*" for other in _around(cell)
    )
    graph = nx.grid_2d_graph(len(answer), len(answer[0])).subgraph(left)
    return not repeated and not touching and nx.is_connected(graph)


def _mines(problem: Any, answer: list[str]) -> bool:
    clues, mines = _cells(problem.clues), _cells(answer)
    if clues.keys() != mines.keys():
        return False
    for (y, x), clue in clues.items():
        around = [mines.get((y + dy, x + dx)) for dy, dx in product((-1, 0, 1), repeat=2) if (dy, dx) != (0, 0)]
        if clue != "?" and (mines[y, x] == "*" or around.count("*") != int(clue)):
            return False
    return True


def _queens(problem: Any, answer: list[str]) -> bool:
    if not _completes(answer, problem.board, "."):
        return False
    queens = [cell for cell, entry in _cells(answer).items() if entry == "Q"]
    lines = (0, 1, lambda cell: cell[0] + cell[1], lambda cell: cell[0] - cell[1])
    for line in lines:
        taken = [cell[line] if isinstance(line, int) else line(cell) for cell in queens]
        if len(set(taken)) < len(taken):
            return False
    return len(queens) == sum(row.count("Q") for row in problem.board) + problem.added


def _slides(problem: Any, moves: str) -> bool:
    place = {entry: cell for cell, entry in _cells(problem.start).items()}
    at = {cell: entry for entry, cell in place.items()}
    hole = place[0]
    for move in moves:
        other = _around(hole)["UDLR".index(move)]
        if other not in at:
            return False
        at[hole], at[other], hole = at[other], 0, other
    return at == _cells(problem.goal)


def _twiddles(problem: Any, moves: list[list[int]]) -> bool:
    cells, last = _cells(problem.start), problem.side - 1
    for move in moves:
        if len(move) != 2:
            return False
        top, left = move[0] - 1, move[1] - 1
        block = {(y, x): cells.get((top + y, left + x)) for y in range(last + 1) for x in range(last + 1)}
        if min(top, left) < 0 or None in block.values():
            return False
        cells |= {(top + last - x, left + y): entry for (y, x), entry in block.items()}
    return cells == _cells(problem.goal)


def _unlocks(problem: Any, buttons: list[int]) -> bool:
    rules = [line.split(": ")[1].split(", ") for line in problem.prompt().splitlines()[1:]]
    if set(buttons) - set(range(len(rules))):
        return False
    shown = problem.start
    for turn, button in enumerate(buttons):
        sign, number = rules[button][turn % 2].split()
        shown = {"+": shown + int(number), "-": shown - int(number), "*": shown * int(number)}[sign]
    return shown == problem.target


def _measures(problem: Any, moves: list[list[int]]) -> bool:
    """The tap is a jug that is never empty, the drain one that is never full."""
    volumes = dict.fromkeys(range(1, len(problem.capacities) + 1), 0)
    for move in moves:
        if len(move) != 2 or move[0] == move[1] or set(move) - {0, *volumes}:
            return False
        source, target = move
        while (source == 0 or volumes[source] > 0) and (
            target == 0 or volumes[target] < problem.capacities[target - 1]
        ):
            if source:
                volumes[source] -= 1
            if target:
                volumes[target] += 1
    return problem.target in volumes.values()


def _round_robin(problem: Any, answer: list[str]) -> bool:
    cells = _cells(answer)
    teams = range(len(problem.points))
    if cells.keys() != set(product(teams, repeat=2)) or any(cells[team, team] != "0" for team in teams):
        return False
    points = Counter(dict.fromkeys(teams, 0))
    for a, b in combinations(teams, 2):
        if cells[a, b] + cells[b, a] not in ("20", "11", "02"):
            return False
        points[a] += (0, 1, 3)[int(cells[a, b])]
        points[b] += (0, 1, 3)[int(cells[b, a])]
    return [points[team] for team in teams] == problem.points


def _seated(problem: Any, answer: list[list[int]]) -> bool:
    if list(map(len, answer)) != problem.groups or any(len(row) > len(set(row)) for row in answer):
        return False
    free = dict(enumerate(problem.capacities, start=1))
    for table in (table for row in answer for table in row):
        if free.get(table, 0) == 0:
            return False
        free[table] -= 1
    return True


def _dicing(problem: Any, winners: list[int]) -> bool:
    if len(winners) != len(problem.rounds):
        return False
    if any(winner not in pair for winner, pair in zip(winners, problem.rounds, strict=True)):
        return False
    return max(winners.count(player) for player in winners) == problem.most


def _fewest_moves(problem: Any) -> int:
    """By breadth-first search."""
    goal = problem.goal * len(problem.pegs)
    distance = {problem.pegs: 0}
    reached = [problem.pegs]
    for pegs in reached:
        if pegs == goal:
            return distance[pegs]
        for disk, target in product(range(len(pegs)), "ABC"):
            after = pegs[:disk] + target + pegs[disk + 1 :]
            if pegs[disk] not in pegs[:disk] and target not in pegs[:disk] and after not in distance:
                distance[after] = distance[pegs] + 1
                reached.append(after)
    raise AssertionError("every arrangement can be reached")


def _ranked(variants: Callable[[Any], list[Any]], quality: Callable[[Any, Any], int]) -> BestFirst:
    """The solution, then a dozen variants of it from the best to the worst, told without `verify`."""

    def best_first(problem: Any) -> Sequence[Any]:
        found = sorted(variants(problem)[:12], key=lambda answer: quality(problem, answer), reverse=True)
        return [problem.solution(), *found]

    return best_first


def _other_numbers(problem: Any) -> list[list[list[int]]]:
    """A blank holds another number."""
    right = problem.solution()
    return [
        [[*row[:x], number, *row[x + 1 :]] if line == y else row for line, row in enumerate(right)]
        for y, row in enumerate(right)
        for x, given in enumerate(problem.givens[y])
        for number in range(1, len(right) + 1)
        if given == 0 and number != row[x]
    ]


def _swapped(problem: Any) -> list[list[list[int]]]:
    """Two blanks change their numbers."""
    right = problem.solution()
    blanks = [cell for cell, given in _cells(problem.givens).items() if given == 0]
    found: list[list[list[int]]] = []
    for (a, b), (c, d) in combinations(blanks[:6], 2):
        rows = [list(row) for row in right]
        rows[a][b], rows[c][d] = rows[c][d], rows[a][b]
        found.append(rows)
    return found


def _flipped(problem: Any) -> list[list[str]]:
    """A cell of two kinds is of the other kind."""
    right = problem.solution()
    turned = str.maketrans("01.*", "10*.")
    return [
        [row[:x] + row[x].translate(turned) + row[x + 1 :] if line == y else row for line, row in enumerate(right)]
        for y, x in _cells(right)
    ]


def _full_lines(problem: Any, answer: list[list[int]]) -> int:
    boxes: dict[tuple[int, int], list[int]] = {}
    if hasattr(problem, "height"):
        for (y, x), entry in _cells(answer).items():
            boxes.setdefault((y // problem.height, x // problem.width), []).append(entry)
    lines = [*_lines(answer), *boxes.values()]
    return sum(len(set(line)) == len(line) for line in lines)


def _right_sums(problem: Any, answer: list[list[int]]) -> int:
    side = len(answer)
    found, wanted = (
        [
            *map(sum, _lines(rows)),
            *(
                sum(row[place] for row, place in zip(rows, way, strict=True))
                for way in (range(side), range(side)[::-1])
            ),
        ]
        for rows in (answer, problem.solution())
    )
    return sum(a == b for a, b in zip(found, wanted, strict=True))


def _right_line_sums(problem: Any, answer: list[list[int]]) -> int:
    pairs = zip(_lines(answer), _lines(problem.solution()), strict=True)
    return sum(sum(found) == sum(wanted) for found, wanted in pairs)


def _right_clues(problem: Any, answer: list[str]) -> int:
    """-1 where a clue is a mine."""
    clues, mines = _cells(problem.clues), _cells(answer)
    if any(clues[cell] != "?" and mines[cell] == "*" for cell in clues):
        return -1
    return sum(
        clue == str(sum(mines.get((y + dy, x + dx)) == "*" for dy, dx in product((-1, 0, 1), repeat=2)))
        for (y, x), clue in clues.items()
    )


def _balanced_lines(problem: Any, answer: list[str]) -> int:
    """-1 where a given cell is changed."""
    if not _completes(answer, problem.givens, "*"):
        return -1
    return sum(2 * line.count("1") == len(line) for line in _lines(answer))


def _right_counts(touches: Callable[[list[str]], bool]) -> Callable[[Any, list[str]], int]:
    """Lines with as many ones as told; -1 where a given cell is changed or cells of a line stand as they may not."""

    def quality(problem: Any, answer: list[str]) -> int:
        if not _completes(answer, problem.givens, "*") or any(map(touches, _lines(answer))):
            return -1
        pairs = zip(_lines(answer), _lines(problem.solution()), strict=True)
        return sum(found.count("1") == wanted.count("1") for found, wanted in pairs)

    return quality


def _three_alike(line: list[str]) -> bool:
    return any(a == b == c for a, b, c in zip(line, line[1:], line[2:], strict=False))


def _ones_touch(line: list[str]) -> bool:
    return any(a == b == "1" for a, b in pairwise(line))


def _right_steps(problem: Any, answer: list[list[int]]) -> int:
    cells = _cells(answer)
    return sum(cells[cell] + 1 in map(cells.get, _around(cell)) for cell in cells)


def _other_squares(problem: Any) -> list[list[list[int]]]:
    """Latin squares that keep the givens, found by filling in blanks one after another for a while."""
    side = len(problem.givens)
    found: list[list[list[int]]] = []
    waiting = [[list(row) for row in problem.givens]]
    for _ in range(300):
        if not waiting:
            break
        square = waiting.pop()
        blank = next(((y, x) for (y, x), entry in _cells(square).items() if entry == 0), None)
        if blank is None:
            found.append(square)
            continue
        y, x = blank
        for number in set(range(1, side + 1)) - {*square[y]} - {row[x] for row in square}:
            waiting.append([list(row) for row in square])
            waiting[-1][y][x] = number
    return [square for square in found if square != problem.solution()]


def _right_inequalities(problem: Any, answer: list[list[int]]) -> int:
    return sum(answer[a - 1][b - 1] < answer[c - 1][d - 1] for a, b, c, d in problem.inequalities)


def _swapped_lines(problem: Any) -> list[list[list[int]]]:
    """Latin squares in which two rows or two numbers have changed places."""
    right = problem.solution()
    found: list[list[list[int]]] = []
    for a, b in list(combinations(range(len(right)), 2))[:6]:
        order = [{a: b, b: a}.get(row, row) for row in range(len(right))]
        found += [[right[row] for row in order], [[order[entry - 1] + 1 for entry in row] for row in right]]
    return found


def _right_views(of: Callable[[list[int]], int]) -> Callable[[Any, list[list[int]]], int]:
    def quality(problem: Any, answer: list[list[int]]) -> int:
        columns = [list(column) for column in zip(*answer, strict=True)]
        lines = [*answer, *(row[::-1] for row in answer), *columns, *(column[::-1] for column in columns)]
        told = [clue for clues in problem.clues for clue in clues]
        seen = [[high for spot, high in enumerate(line) if high > max([0, *line[:spot]])] for line in lines]
        return sum(clue == of(heights) for clue, heights in zip(told, seen, strict=True) if clue)

    return quality


def _fewer_struck(problem: Any) -> list[list[str]]:
    """Of the struck cells, in order, more and more are left."""
    right = problem.solution()
    struck = [cell for cell, entry in _cells(right).items() if entry == "*"]
    return [
        [
            "".join("." if (y, x) in struck[:count] else cell for x, cell in enumerate(row))
            for y, row in enumerate(right)
        ]
        for count in range(1, len(struck) + 1)
    ]


def _lines_without_repeats(problem: Any, answer: list[str]) -> int:
    pairs = zip(_lines(problem.matrix), _lines(answer), strict=True)
    left = [[number for number, cell in zip(*pair, strict=True) if cell == "."] for pair in pairs]
    return sum(len({*line}) == len(line) for line in left)


def _other_bulbs(problem: Any) -> list[list[str]]:
    """Bulbs where no light is yet, cell by cell in different orders: all is lit then."""
    found: list[list[str]] = []
    cells = _cells(problem.rows)
    white = [cell for cell, entry in cells.items() if entry == "."]
    orders = [white, white[::-1], sorted(white, key=lambda cell: cell[::-1]), white[::2] + white[1::2]]
    for order in orders:
        lit: set[tuple[int, int]] = set()
        bulbs: set[tuple[int, int]] = set()
        for y, x in order:
            if (y, x) in lit:
                continue
            bulbs.add((y, x))
            for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
                reach = (y, x)
                while cells.get(reach) == ".":
                    lit.add(reach)
                    reach = (reach[0] + down, reach[1] + right)
        found.append(
            [
                "".join("L" if (y, x) in bulbs else cell for x, cell in enumerate(row))
                for y, row in enumerate(problem.rows)
            ]
        )
    return [rows for rows in found if rows != problem.solution()]


def _right_numbers(problem: Any, answer: list[str]) -> int:
    cells = _cells(answer)
    return sum(entry == str([cells.get(near) for near in _around(cell)].count("L")) for cell, entry in cells.items())


def _other_results(problem: Any) -> list[list[str]]:
    """A match has another result."""
    found: list[list[str]] = []
    for a, b in combinations(range(len(problem.points)), 2):
        for result in "012":
            rows = [list(row) for row in problem.solution()]
            rows[a][b], rows[b][a] = result, str(2 - int(result))
            found.append(["".join(row) for row in rows])
    return [rows for rows in found if rows != problem.solution()]


def _right_points(problem: Any, answer: list[str]) -> int:
    found = [3 * row.count("2") + row.count("1") for row in answer]
    return sum(a == b for a, b in zip(found, problem.points, strict=True))


def _other_seats(problem: Any) -> list[list[list[int]]]:
    """Somebody has changed to another table."""
    right, tables = problem.solution(), range(1, len(problem.capacities) + 1)
    return [
        [*right[:group], [*(seat for seat in row if seat != old), new], *right[group + 1 :]]
        for group, row in enumerate(right)
        for old in row
        for new in tables
        if new not in row
    ]


def _tables_that_do(problem: Any, answer: list[list[int]]) -> int:
    guests = Counter(table for row in answer for table in row)
    return sum(guests[table] <= capacity for table, capacity in enumerate(problem.capacities, start=1))


EXAMPLES: dict[str, Example] = {
    "TowerOfHanoi": ({"pegs": "AAA", "goal": "C"}, 7),
}

SEARCHES: dict[str, Search] = {
    "TowerOfHanoi": (_fewest_moves, lambda problem, answer: answer, range(4)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "Binario": _binario,
    "Binario_NoAdjacencyRequirement": _balanced,
    "CampsitePuzzle": _campsite,
    "EightDigitPuzzle": _slides,
    "FutoshikiPuzzle": _futoshiki,
    "HitoriPuzzle": _hitori,
    "JugPuzzle": _measures,
    "KosDicing": _dicing,
    "LatinSquareCompletion": _completed_latin,
    "LightUpPuzzle": _light_up,
    "MagicSquarePuzzle": _magic,
    "Minesweeping": _mines,
    "Numbrix": _numbrix,
    "QuantumLockPuzzle": _unlocks,
    "QueenPlacement": _queens,
    "RoundRobin": _round_robin,
    "RoundTableAssignment": _seated,
    "SkyscraperPuzzle": _town(len),
    "SkyscraperSumPuzzle": _town(sum),
    "StarBattle": _star_battle,
    "Sudoku": _sudoku,
    "SurvoPuzzle": _survo,
    "TwiddlePuzzle": _twiddles,
}

BEST_FIRST: dict[str, BestFirst] = {
    "Binario": _ranked(_flipped, _right_counts(_three_alike)),
    "CampsitePuzzle": _ranked(_flipped, _right_counts(_ones_touch)),
    "FutoshikiPuzzle": _ranked(_other_squares, _right_inequalities),
    "HitoriPuzzle": _ranked(_fewer_struck, _lines_without_repeats),
    "LightUpPuzzle": _ranked(_other_bulbs, _right_numbers),
    "Numbrix": _ranked(_swapped, _right_steps),
    "RoundRobin": _ranked(_other_results, _right_points),
    "RoundTableAssignment": _ranked(_other_seats, _tables_that_do),
    "SkyscraperPuzzle": _ranked(_swapped_lines, _right_views(len)),
    "SkyscraperSumPuzzle": _ranked(_swapped_lines, _right_views(sum)),
    "Binario_NoAdjacencyRequirement": _ranked(_flipped, _balanced_lines),
    "LatinSquareCompletion": _ranked(_other_numbers, _full_lines),
    "MagicSquarePuzzle": _ranked(_swapped, _right_sums),
    "Minesweeping": _ranked(_flipped, _right_clues),
    "Sudoku": _ranked(_other_numbers, _full_lines),
    "SurvoPuzzle": _ranked(_swapped, _right_line_sums),
    "EightDigitPuzzle": lambda problem: [problem.solution(), problem.solution()[:-1], "UUUU" * len(problem.start)],
    "TwiddlePuzzle": lambda problem: [problem.solution(), [*problem.solution(), [0, 1]]],
}
