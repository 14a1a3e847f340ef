"""What the tests know of the environments of combinatorics."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from itertools import combinations, groupby, permutations, product
from math import comb, factorial, perm
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Search
from tests.environments.oracles._spoilt import integers_spoilt


def _itself(problem: Any, answer: Any) -> Any:
    return answer


def _linear_extensions(problem: Any) -> int:
    """Places are filled with 1, 2, ...; a place waits for the one before it in its pair and two to the left."""
    size = 2 * problem.pairs
    needed = [{place - 2} & set(range(size)) | ({place - 1} if place % 2 else set()) for place in range(size)]

    @cache
    def ways(filled: frozenset[int]) -> int:
        free = [place for place in range(size) if place not in filled and needed[place] <= filled]
        return sum(ways(filled | {place}) for place in free) if len(filled) < size else 1

    return ways(frozenset()) % problem.modulus


def _surjections(problem: Any) -> int:
    @cache
    def ways(balls: int, boxes: int) -> int:
        if balls == 0:
            return int(boxes == 0)
        # The last ball lies with others or alone in one of the boxes.
        return boxes * (ways(balls - 1, boxes) + ways(balls - 1, boxes - 1)) if boxes else 0

    return ways(problem.balls, problem.boxes) % problem.modulus


@cache
def _by_fixed_points(size: int) -> Counter[int]:
    return Counter(sum(i == j for i, j in enumerate(order)) for order in permutations(range(size)))


def _partitions(problem: Any) -> int:
    @cache
    def ways(total: int, parts: int, largest: int) -> int:
        if parts == 0:
            return int(total == 0)
        return sum(ways(total - part, parts - 1, part) for part in range(1, min(largest, total) + 1))

    return ways(problem.total, problem.parts, problem.total)


def _sets_without_multiples(problem: Any) -> int:
    @cache
    def ways(numbers: frozenset[int]) -> int:
        if not numbers:
            return 1
        largest = max(numbers)
        rest = numbers - {largest}
        return ways(rest) + ways(frozenset(n for n in rest if largest not in (2 * n, 3 * n)))

    return ways(frozenset(range(1, problem.largest + 1))) % problem.modulus


def _lines_of_people(problem: Any) -> int:
    @cache
    def ways(boys: int, girls: int, teachers: int, last: str) -> int:
        if boys + girls + teachers == 0:
            return 1
        found = boys * ways(boys - 1, girls, teachers, "boy") if boys else 0
        if girls and last != "girl":
            found += girls * ways(boys, girls - 1, teachers, "girl")
        if teachers and last != "teacher":
            found += teachers * ways(boys, girls, teachers - 1, "teacher")
        return found

    return ways(problem.boys, problem.girls, 2, "nobody") % problem.modulus


def _rising_digits(problem: Any) -> int:
    base = 2**problem.exponent

    @cache
    def longer(digit: int, more: int) -> int:
        """Ways to write so many more digits after this one."""
        return sum(longer(larger, more - 1) for larger in range(digit + 1, base)) if more else 1

    found = 0
    for digit, more in product(range(1, base), range(1, problem.bits)):
        if digit * base**more < 2**problem.bits:
            found += longer(digit, more)
    return found


def _stones(problem: Any) -> int:
    cells = list(product(range(problem.height), range(problem.width)))

    def ways(colour: int, rows: frozenset[int], columns: frozenset[int]) -> int:
        """Ways to place this colour and the later ones outside the rows and columns of the earlier ones."""
        if colour == len(problem.stones):
            return 1
        free = [(y, x) for y, x in cells if y not in rows and x not in columns]
        return sum(
            ways(colour + 1, rows | {y for y, _ in chosen}, columns | {x for _, x in chosen})
            for chosen in combinations(free, problem.stones[colour])
        )

    return ways(0, frozenset(), frozenset()) % problem.modulus


def _paths(problem: Any) -> int:
    def walk(y: int, x: int) -> int:
        if y == len(problem.rows) or x == len(problem.rows[0]) or problem.rows[y][x] == "#":
            return 0
        at_end = (y, x) == (len(problem.rows) - 1, len(problem.rows[0]) - 1)
        return 1 if at_end else walk(y + 1, x) + walk(y, x + 1)

    return walk(0, 0)


def _rolls(problem: Any) -> int:
    return sum(sum(roll) == problem.total for roll in product(*(range(1, side + 1) for side in problem.sides)))


def _rising_in_ranges(problem: Any) -> int:
    found = 0
    for entries in product(*([0, *range(low, high + 1)] for low, high in problem.ranges)):
        positive = [entry for entry in entries if entry]
        found += bool(positive) and positive == sorted(set(positive))
    return found % 1_000_000_007


def _bounded_sums(problem: Any) -> int:
    @cache
    def ways(place: int, left: int) -> int:
        if place == problem.length:
            return 1
        bound = problem.bound if place else left
        return sum(ways(place + 1, left - entry) for entry in range(1, min(bound, left) + 1))

    return ways(0, problem.total) % problem.modulus


@cache
def _by_inversions(size: int) -> Counter[int]:
    return Counter(sum(a > b for a, b in combinations(order, 2)) for order in permutations(range(size)))


def _without_falling_triples(problem: Any) -> int:
    def falls(order: list[int]) -> bool:
        return any(a > b > order[-1] for a, b in combinations(order[:-1], 2))

    def extend(order: list[int]) -> int:
        if order and falls(order):
            return 0
        if len(order) == problem.size:
            return int(order[problem.place - 1] == problem.value)
        return sum(extend([*order, n]) for n in range(1, problem.size + 1) if n not in order)

    return extend([])


def _more_ones(problem: Any) -> int:
    pairs = product(range(problem.longer + 1), range(problem.shorter + 1))
    return sum(comb(problem.longer, a) * comb(problem.shorter, b) for a, b in pairs if a > b) % problem.modulus


def _selections(problem: Any) -> int:
    things = problem.factor * problem.divisor
    return sum(comb(things, size) for size in range(problem.remainder, things + 1, problem.divisor)) % problem.modulus


def _matrices(problem: Any) -> int:
    cells = list(product(range(1, problem.height + 1), range(1, problem.width + 1)))
    found = 0
    for entries in product(range(1, problem.largest + 1), repeat=len(cells)):
        found += all(
            max(entry for (y, x), entry in zip(cells, entries, strict=True) if a <= y <= b and c <= x <= d) == maximum
            for a, b, c, d, maximum in problem.rectangles
        )
    return found % problem.modulus


def _towers(problem: Any) -> int:
    heights = range(1, 50)
    layers = max(height for height in heights if sum(range(height + 1)) <= problem.black + problem.white)
    found = 0
    for colours in product((0, 1), repeat=layers):
        black = sum(layer for layer, colour in enumerate(colours, 1) if colour)
        found += black <= problem.black and sum(range(layers + 1)) - black <= problem.white
    return found


def _kings(problem: Any) -> int:
    free = [(y, x) for y, row in enumerate(problem.rows) for x, cell in enumerate(row) if cell == "."]
    return sum(
        all(max(abs(a - c), abs(b - d)) > 1 for (a, b), (c, d) in combinations(chosen, 2))
        for chosen in combinations(free, problem.kings)
    )


def _chains(problem: Any) -> int:
    @cache
    def ways(last: int) -> int:
        return 1 + sum(ways(following) for following in range(1, last // 2 + 1))

    return ways(problem.first)


def _expression_values(problem: Any) -> int:
    """The operations are done in every order."""
    found = set()
    for order in permutations(range(len(problem.operators))):
        values, operators, places = list(problem.numbers), list(problem.operators), list(range(len(problem.operators)))
        for operation in order:
            place = places.index(operation)
            left, right = values[place : place + 2]
            result = {"+": left + right, "-": left - right, "*": left * right}[operators[place]]
            values[place : place + 2] = [result]
            del operators[place], places[place]
        found.add(values[0])
    return len(found)


def _with_palindrome(problem: Any) -> int:
    def has(digits: str) -> bool:
        parts = (digits[a:b] for a in range(len(digits)) for b in range(a + 2, len(digits) + 1))
        return any(part == part[::-1] for part in parts)

    return sum(has(str(number)) for number in range(problem.first, problem.last + 1))


def _double_palindromes(problem: Any) -> int:
    """Strings by the pattern of their equal letters: a first letter of the pattern may be any letter not used yet."""

    def patterns(prefix: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
        yield prefix
        if len(prefix) < problem.length:
            for letter in range(max(prefix) + 2):
                yield from patterns((*prefix, letter))

    found = 0
    for pattern in patterns((0,)):
        cuts = ((pattern[:cut], pattern[cut:]) for cut in range(1, len(pattern)))
        if any(left == left[::-1] and right == right[::-1] for left, right in cuts):
            found += perm(problem.letters, max(pattern) + 1)
    return found


def _long_intersections(problem: Any) -> int:
    found = 0
    for size in range(1, len(problem.intervals) + 1):
        for chosen in combinations(problem.intervals, size):
            found += min(right for _, right in chosen) - max(left for left, _ in chosen) >= problem.shortest
    return found


@cache
def _trees_and_leaves(nodes: int) -> tuple[int, int]:
    if nodes < 2:
        return 1, nodes
    trees = leaves = 0
    for left in range(nodes):
        (left_trees, left_leaves), (right_trees, right_leaves) = map(_trees_and_leaves, (left, nodes - 1 - left))
        trees += left_trees * right_trees
        leaves += left_leaves * right_trees + left_trees * right_leaves
    return trees, leaves


def _filled_ranges(problem: Any) -> list[int]:
    size = len(problem.values)
    ranges = [(a, b) for a in range(size) for b in range(a + 1, size + 1)]
    sums = [0] * size
    for draws in product(ranges, repeat=problem.rounds):
        values = list(problem.values)
        for a, b in draws:
            values[a:b] = [max(values[a:b])] * (b - a)
        sums = [total + value for total, value in zip(sums, values, strict=True)]
    return [total % 10_000 for total in sums]


def _solve(rows: list[list[Fraction]]) -> list[Fraction]:
    """Gauss and Jordan's elimination of a system with one solution; the last column is the right side."""
    for column in range(len(rows)):
        pivot = next(row for row in rows[column:] if row[column])
        rows.remove(pivot)
        pivot = [value / pivot[column] for value in pivot]
        rows = [[value - row[column] * other for value, other in zip(row, pivot, strict=True)] for row in rows]
        rows.insert(column, pivot)
    return [row[-1] for row in rows]


def _mean_walk(problem: Any) -> Fraction:
    vertices = sorted({vertex for edge in problem.edges for vertex in edge})
    total = Fraction(0)
    for goal in vertices:
        rows = []
        for vertex in vertices:
            near = [edge[0] + edge[1] - vertex for edge in problem.edges if vertex in edge]
            row = [Fraction(int(other == vertex)) for other in vertices] + [Fraction(int(vertex != goal))]
            for other in near if vertex != goal else []:
                row[other] -= Fraction(1, len(near))
            rows.append(row)
        total += sum(_solve(rows))
    return total / len(vertices) ** 2


def _switches(problem: Any) -> int:
    """The chain over all states of the lights."""
    size = len(problem.lights)
    switches = range(1, size + 1)
    flips = [sum(1 << light - 1 for light in switches if switch % light == 0) for switch in switches]
    distance, waiting = {0: 0}, [0]
    for state in waiting:
        for flip in flips:
            if state ^ flip not in distance:
                distance[state ^ flip] = distance[state] + 1
                waiting.append(state ^ flip)
    rows = []
    for state in range(2**size):
        row = [Fraction(int(other == state)) for other in range(2**size)]
        if distance[state] <= problem.patience:
            rows.append([*row, Fraction(distance[state])])
        else:
            for flip in flips:
                row[state ^ flip] -= Fraction(1, size)
            rows.append([*row, Fraction(1)])
    start = int(problem.lights[::-1], 2)
    return int(_solve(rows)[start] * factorial(size)) % 1_000_000_007


def _superset_paths(problem: Any) -> int:
    target, banned = tuple(problem.target), {tuple(point) for point in problem.banned}

    @cache
    def ways(point: tuple[int, ...]) -> int:
        if point in banned:
            return 0
        if point == target:
            return 1
        found = 0
        for axis in range(3):
            for larger in range(point[axis] + 1, target[axis] + 1):
                if larger & point[axis] == point[axis]:
                    found += ways((*point[:axis], larger, *point[axis + 1 :]))
        return found

    return ways((0, 0, 0)) % problem.modulus


def _good_arrays(problem: Any) -> int:
    def good(array: tuple[int, ...]) -> bool:
        return not array or any(min(array[:size]) == size and good(array[size:]) for size in range(1, len(array) + 1))

    return sum(map(good, product(problem.numbers, repeat=problem.length))) % problem.modulus


def _run_values(problem: Any) -> int:
    return sum(
        int(digit) * len(list(run)) ** 2
        for number in range(problem.first, problem.last + 1)
        for digit, run in groupby(str(number))
    )


def _double_crosses(problem: Any) -> int:
    rows = problem.rows
    height, width = len(rows), len(rows[0])

    def bar(y: int, x: int, arm: int) -> bool:
        return all(rows[y][place] == "1" for place in range(x - arm, x + arm + 1))

    found = 0
    for top, upper, lower, bottom in combinations(range(height), 4):
        for x in range(width):
            if lower == upper + 1 or any(rows[y][x] == "0" for y in range(top, bottom + 1)):
                continue
            for short, long in combinations(range(1, min(x, width - 1 - x) + 1), 2):
                found += bar(upper, x, short) and bar(lower, x, long)
    return found


SEARCHES: dict[str, Search] = {
    "BannedPointSupersetPathCounting": (_superset_paths, _itself, range(5)),
    "BinaryTreeLeafNumExpectation": (
        lambda problem: Fraction(*_trees_and_leaves(problem.nodes)[::-1]),
        _itself,
        range(2),
    ),
    "BinomialCoefficient": (
        lambda problem: len(list(combinations(range(problem.things), problem.chosen))),
        _itself,
        range(2),
    ),
    "BoundedIntervalIntersection": (_long_intersections, _itself, range(5)),
    "CapitalCityEffect": (_run_values, _itself, range(5)),
    "CatalanNumberMod": (_linear_extensions, _itself, range(2)),
    "DecreasingDigitCounting": (_rising_digits, _itself, range(2)),
    "DerangementExtension": (lambda problem: _by_fixed_points(problem.size)[problem.fixed], _itself, range(1)),
    "DiceSums": (_rolls, _itself, range(4)),
    "DivisorFlipExpectation": (_switches, _itself, range(1)),
    "DoubleCrossCounting": (_double_crosses, _itself, range(3)),
    "DoublePalindromicStringCounting": (_double_palindromes, _itself, range(2)),
    "Expression_AddingParenthese_Counting": (_expression_values, _itself, range(5)),
    "FixedModK_Selection_Counting": (_selections, _itself, range(8)),
    "GridColoringCounting": (_stones, _itself, range(2)),
    "HalvingChainCounting": (_chains, _itself, range(4)),
    "IndividualSumBounded_SequenceCounting": (_bounded_sums, _itself, range(3)),
    "InversionPairK_Counting": (
        lambda problem: _by_inversions(problem.size)[problem.inversions] % problem.modulus,
        _itself,
        range(3),
    ),
    "LDSTwo_Counting": (_without_falling_triples, _itself, range(2)),
    "LatticePathsObstacles": (_paths, _itself, range(5)),
    "MatrixRMQCounting": (_matrices, _itself, range(1)),
    "MonochromeBlockCounting": (_towers, _itself, range(3)),
    "NoAdjacentGirlCounting": (_lines_of_people, _itself, range(6)),
    "NoDoubleTripleCounting": (_sets_without_multiples, _itself, range(1)),
    "NumberPartitionCounting": (_partitions, _itself, range(3)),
    "PairMoreOneCounting": (_more_ones, _itself, range(4)),
    "PalindromicSubstringNumberCounting": (_with_palindrome, _itself, range(4)),
    "RandomRangeMaxExpectation": (_filled_ranges, _itself, range(8)),
    "RangeConstrained_IncreasingSequence_Counting": (_rising_in_ranges, _itself, range(2)),
    "RoyalLockCounting": (_kings, _itself, range(4)),
    "SegmentMinLengthEqual_Counting": (_good_arrays, _itself, range(2)),
    "StirlingSecond": (_surjections, _itself, range(5)),
    "TreeRandomWalkExpectation": (_mean_walk, _itself, range(1)),
}

BEST_FIRST: dict[str, BestFirst] = {
    "RandomRangeMaxExpectation": integers_spoilt,
}
