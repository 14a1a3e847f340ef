"""What the tests know of the environments of algebra."""

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import combinations, permutations
from math import prod
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt

POINTS = range(-6, 14)  # more than any degree here, so that they tell polynomials apart


def _same(problem: Any, answer: Any) -> Any:
    return answer


def _read(text: str) -> str:
    """Python's way to write a formula: 2*x**2 for 2x^2."""
    return re.sub(r"(?<=[0-9)])(?=[a-z(])|(?<=[a-z])(?=\()", "*", text).replace("^", "**").replace("a*(", "a(")


def _at(text: str, **values: int) -> int:
    return eval(_read(text), values)


def _values(text: str) -> list[int]:
    """Of a polynomial in x that is written out."""
    return [_at(text, x=x) for x in POINTS]


def _values_of(problem: Any, coefficients: list[int]) -> list[int]:
    return [sum(coefficient * x**power for power, coefficient in enumerate(coefficients)) for x in POINTS]


def _between(text: str, before: str, after: str) -> str:
    return text.split(before, 1)[1].rsplit(after, 1)[0]


def _solved_equation(problem: Any) -> Fraction:
    left, right = _between(problem.prompt() + "\n", "Solve for x: ", "\n").split(" = ")
    off, at_one = (_at(left, x=x) - _at(right, x=x) for x in (0, 1))
    return Fraction(-off, at_one - off)


def _leibniz(matrix: Sequence[Sequence[int]]) -> int:
    places = range(len(matrix))
    return sum(
        (-1) ** sum(a > b for a, b in combinations(order, 2)) * prod(matrix[row][order[row]] for row in places)
        for order in permutations(places)
    )


def _by_cramer(problem: Any) -> list[Fraction]:
    """From the equations in the prompt, whose sides are read off at the unit vectors."""
    names = "abcdefghijklmnopqrstuvwxyz"[: len(problem.values)]
    sides = [line.split(" = ") for line in problem.prompt().splitlines()[1:]]
    right = [int(side) for _, side in sides]
    matrix = [[_at(left, **{name: int(name == other) for name in names}) for other in names] for left, _ in sides]

    def replaced(place: int) -> list[list[int]]:
        return [[*row[:place], value, *row[place + 1 :]] for row, value in zip(matrix, right, strict=True)]

    return [Fraction(_leibniz(replaced(place)), _leibniz(matrix)) for place in range(len(names))]


def _satisfied(problem: Any, values: list[int]) -> tuple[int, int]:
    """How many of the prompt's lines hold, and how many there are."""
    named = dict(zip("abcdefghijklmnopqrstuvwxyz", values, strict=False))
    numbered = {f"x{place}": value for place, value in enumerate(values)}
    lines = problem.prompt().splitlines()[1:]
    held = [eval(_read(line).replace(" = ", " == "), named | numbered) for line in lines]
    return sum(held), len(held)


def _all_satisfied(problem: Any, values: list[int]) -> bool:
    if len(values) != len(problem.values):
        return False
    held, lines = _satisfied(problem, values)
    return held == lines


def _all_satisfied_within_bounds(problem: Any, values: list[int]) -> bool:
    low, high = map(int, re.findall(r"from (-?[0-9]+) to (-?[0-9]+)", problem.prompt())[0])
    return all(low <= value <= high for value in values) and _all_satisfied(problem, values)


def _fewer_satisfied(problem: Any) -> list[list[int]]:
    """The solution and what is one step from it, by how many lines hold."""
    right = problem.solution()
    near = [
        [*right[:place], right[place] + step, *right[place + 1 :]]
        for place in range(len(right))
        for step in (1, -1)
        if abs(right[place] + step) <= len(right)
    ]
    return [right, *sorted(near, key=lambda values: _satisfied(problem, values)[0], reverse=True), right[1:]]


def _values_of_sum(problem: Any) -> list[int]:
    left, right = _between(problem.prompt(), " in the sum of ", ".").split(" and ")
    return [a + b for a, b in zip(_values(left), _values(right), strict=True)]


def _values_of_product(problem: Any) -> list[int]:
    return _values(_between(problem.prompt(), " zeros too, in ", "."))


def _slopes(problem: Any) -> list[int]:
    """Of a polynomial of degree below 15, exactly: from the values around each point, by Lagrange's formula."""
    text = _between(problem.prompt(), " in the derivative of ", " with respect")
    steps = [step for step in range(-7, 8) if step]
    weights = {step: prod(Fraction(-other, step - other) for other in steps if other != step) / step for step in steps}
    constant = -sum(weights.values())
    return [
        int(constant * _at(text, x=x) + sum(weight * _at(text, x=x + step) for step, weight in weights.items()))
        for x in POINTS
    ]


def _divided(problem: Any) -> list[int]:
    """Long division with fractions."""
    rest = list(map(Fraction, problem.dividend))
    while len(rest) >= len(problem.divisor):
        factor = rest[-1] / problem.divisor[-1]
        shift = len(rest) - len(problem.divisor)
        for place, coefficient in enumerate(problem.divisor):
            rest[shift + place] -= factor * coefficient
        assert rest.pop() == 0
    return list(map(int, rest))


def _is_factorized(problem: Any, roots: list[int]) -> bool:
    text = _between(problem.prompt(), " are the roots of ", "?")
    return [prod(x - root for root in roots) for x in POINTS] == _values(text)


def _fewer_roots(problem: Any) -> list[list[int]]:
    right = problem.solution()
    return [*([*[10**6] * count, *right[count:]] for count in range(len(right) + 1)), right[1:]]


def _given_values(problem: Any) -> list[int]:
    return [int(value) for value in re.findall(r"f\(-?[0-9]+\) = (-?[0-9]+)", problem.prompt())]


def _values_at_places(problem: Any, coefficients: list[int]) -> list[int]:
    places = [int(x) for x in re.findall(r"f\((-?[0-9]+)\)", problem.prompt())]
    return [sum(coefficient * x**power for power, coefficient in enumerate(coefficients)) for x in places]


def _root_of_derivative(problem: Any) -> Fraction:
    from sympy import Symbol, diff, floor, real_roots

    x = Symbol("x")
    text = _between(problem.prompt(), "For which real x is ", " least")
    (root,) = set(real_roots(diff(eval(_read(text), {"x": x}), x)))
    return Fraction(int(floor(100 * root)), 100)


def _nearby(problem: Any) -> list[Fraction]:
    right = problem.solution()
    return [right + Fraction(hundredths, 100) for hundredths in (0, 1, -2, 5, -50, 10**6)]


def _tried_roots(problem: Any) -> list[int]:
    text = _between(problem.prompt(), "Solve ", " = 0")
    roots = [x for x in range(-60, 61) if _at(text, x=x) == 0]
    return roots * (3 - len(roots))


def _extrapolated(problem: Any) -> Fraction:
    """The polynomial through the known terms, by Lagrange, one place further."""
    terms = [int(term) for term in problem.prompt().split("? ")[1].split()]
    places = range(len(terms))
    weights = (
        prod(Fraction(len(terms) - other, place - other) for other in places if other != place) for place in places
    )
    return Fraction(sum(term * weight for term, weight in zip(terms, weights, strict=True)))


def _term_by_rule(problem: Any) -> int:
    rule = _read(_between(problem.prompt(), " and a(n) = ", " for n >"))

    def a(n: int) -> int:
        return problem.first[n - 1] if n <= len(problem.first) else eval(rule, {"a": a, "n": n})

    return a(problem.index)


def _times_vectors(problem: Any, matrix: list[list[int]]) -> list[int]:
    width = len(problem.right[0])
    return [sum(row[column] * (column + 2) ** power for column in range(width)) for power in range(3) for row in matrix]


def _one_after_another(problem: Any) -> list[int]:
    """The right matrix times a vector, then the left matrix times that."""
    found: list[int] = []
    for power in range(3):
        vector = _times(problem.right, [(column + 2) ** power for column in range(len(problem.right[0]))])
        found += _times(problem.left, vector)
    return found


def _times(matrix: list[list[int]], vector: list[int]) -> list[int]:
    return [sum(entry * vector[column] for column, entry in enumerate(row)) for row in matrix]


def _power_by_columns(problem: Any) -> list[list[int]]:
    """Each unit vector is multiplied as often as the exponent says."""
    columns: list[list[int]] = []
    for place in range(len(problem.matrix)):
        vector = [int(place == other) for other in range(len(problem.matrix))]
        for _ in range(problem.exponent):
            vector = _times(problem.matrix, vector)
        columns.append([entry % 10000 for entry in vector])
    return [list(row) for row in zip(*columns, strict=True)]


def _largest_in_squares(problem: Any) -> list[list[int]]:
    """Every entry, from the smallest on, is written into all squares that hold it."""
    side, rows = problem.side, problem.matrix
    pooled = [[-1] * (len(rows[0]) - side + 1) for _ in range(len(rows) - side + 1)]
    for entry, row, column in sorted((entry, r, c) for r, line in enumerate(rows) for c, entry in enumerate(line)):
        for top in range(max(0, row - side + 1), min(row, len(pooled) - 1) + 1):
            for left in range(max(0, column - side + 1), min(column, len(pooled[0]) - 1) + 1):
                pooled[top][left] = entry
    return pooled


def _entries_spoilt(problem: Any) -> list[list[list[int]]]:
    right = problem.solution()
    width = len(right[0])
    flat = [entry for row in right for entry in row]
    spoilt = [[10**6] * count + flat[count:] for count in range(len(flat) + 1)]
    return [*([row[at : at + width] for at in range(0, len(row), width)] for row in spoilt), right[1:]]


def _best_ratio(problem: Any) -> Fraction:
    return max(_ratio(problem, chosen) for chosen in combinations(range(len(problem.above)), problem.count))


def _ratio(problem: Any, places: Sequence[int]) -> Fraction:
    return Fraction(sum(problem.above[p] for p in places), sum(problem.below[p] for p in places))


def _no_better_ratio(problem: Any, places: list[int]) -> bool:
    """No choice gains: the largest sum of a - ratio * b over as many places is 0."""
    if not len(places) == len(set(places)) == problem.count or not set(places) <= set(range(len(problem.above))):
        return False
    ratio = _ratio(problem, places)
    gains = sorted((a - ratio * b for a, b in zip(problem.above, problem.below, strict=True)), reverse=True)
    return sum(gains[: problem.count]) == 0


def _other_choices(problem: Any) -> list[list[int]]:
    choices = list(combinations(range(len(problem.above)), problem.count))[:60]
    ordered = sorted(choices, key=lambda choice: _ratio(problem, choice), reverse=True)
    return [problem.solution(), *map(list, ordered), []]


def _has_sums(problem: Any, numbers: list[int]) -> bool:
    sums = [numbers[a] + numbers[b] for a in range(len(numbers)) for b in range(a)]
    proper = len(numbers) == len(problem.numbers) == len(set(numbers)) and all(number > 0 for number in numbers)
    return proper and sorted(sums) == sorted(problem.sums)


def _numbers_spoilt(problem: Any) -> list[list[int]]:
    right = problem.solution()
    wrong = range(10**6, 10**6 + len(right))
    return [*([*right[: len(right) - count], *wrong[:count]] for count in range(len(right))), right[1:]]


def _ever_further(problem: Any) -> list[list[int]]:
    """The roots, one of them wrong, both wrong."""
    low, high = problem.solution()
    return [[low, high], [low, high + 1], [low - 1, high + 1], [low]]


EXAMPLES: dict[str, Example] = {
    "MatrixPooling": ({"matrix": [[1, 2, 0], [5, 3, 4], [0, 1, 6]], "side": 2}, [[5, 4], [5, 6]]),
    "RecursiveFunction": ({"m": 2, "n": 1}, 12),
}

SEARCHES: dict[str, Search] = {
    "Determinant": (lambda problem: _leibniz(problem.matrix), _same, range(8)),
    "FractionalProgramming": (_best_ratio, _ratio, range(6)),
    "LinearEquation": (_solved_equation, _same, range(9)),
    "LinearSystem": (_by_cramer, _same, range(4)),
    "MatrixMultiplication": (_one_after_another, _times_vectors, range(9)),
    "MatrixPooling": (_largest_in_squares, _same, range(9)),
    "Matrix_BinaryExponentiation": (_power_by_columns, _same, range(4)),
    "NextInSequence": (_extrapolated, _same, range(9)),
    "PolynomialAddition": (_values_of_sum, _values_of, range(6)),
    "PolynomialDerivative": (_slopes, _values_of, range(0, 3, 2)),
    "PolynomialEvaluation": (
        lambda problem: _at(_between(problem.prompt(), "What is ", " for x"), x=problem.x),
        _same,
        range(9),
    ),
    "PolynomialInterpolation": (_given_values, _values_at_places, range(9)),
    "PolynomialMinimum": (_root_of_derivative, _same, range(1, 4, 2)),
    "PolynomialMultiplication": (_values_of_product, _values_of, range(9)),
    "PolynomialRemainder": (_divided, _same, range(9)),
    "QuadraticRoots": (_tried_roots, _same, range(6)),
    "RecurrenceTerm": (_term_by_rule, _same, range(6)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "DifferenceConstraintSystem": _all_satisfied,
    "FractionalProgramming": _no_better_ratio,
    "GaussianElimination": _all_satisfied,
    "IntegerProgramming": _all_satisfied_within_bounds,
    "PolynomialFactorization": _is_factorized,
    "SquSquarks": _has_sums,
}

BEST_FIRST: dict[str, BestFirst] = {
    "DifferenceConstraintSystem": _fewer_satisfied,
    "FractionalProgramming": _other_choices,
    "GaussianElimination": _fewer_satisfied,
    "IntegerProgramming": _fewer_satisfied,
    "LinearSystem": integers_spoilt,
    "MatrixMultiplication": _entries_spoilt,
    "MatrixPooling": _entries_spoilt,
    "Matrix_BinaryExponentiation": _entries_spoilt,
    "PolynomialAddition": integers_spoilt,
    "PolynomialDerivative": integers_spoilt,
    "PolynomialFactorization": _fewer_roots,
    "PolynomialInterpolation": integers_spoilt,
    "PolynomialMinimum": _nearby,
    "PolynomialMultiplication": integers_spoilt,
    "PolynomialRemainder": integers_spoilt,
    "QuadraticRoots": _ever_further,
    "SquSquarks": _numbers_spoilt,
}
