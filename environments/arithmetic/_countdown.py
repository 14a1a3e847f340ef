"""Numbers that are each used once in a formula."""

from random import Random
from typing import TypeAlias

from environments import formula

Tree: TypeAlias = "int | tuple[Tree, str, Tree]"  # a number, or an operator between two trees


def planted(rng: Random, numbers: list[int], limit: int) -> tuple[str, int]:
    """A formula of the numbers in their order, and its value; all values in between are positive integers.

    Products and sums above `limit` are avoided where another operator is left. No part holds more than three quarters
    of the numbers, so that brackets do not pile up.
    """
    count = len(numbers)
    if count == 1:
        return str(numbers[0]), numbers[0]
    part = rng.randint(max(1, count // 4), min(count - 1, count - count // 4))
    (left, a), (right, b) = planted(rng, numbers[:part], limit), planted(rng, numbers[part:], limit)
    if a < b:
        left, a, right, b = right, b, left, a
    operators = "-" if a > b else ""
    if a + b <= limit:
        operators += "+"
    if a * b <= limit:
        operators += "**"
    if b > 1 and a % b == 0:
        operators += "//"
    operator = rng.choice(operators)
    value = a + b if operator == "+" else a - b if operator == "-" else a * b if operator == "*" else a // b
    return formula.combined(left, operator, right), value


def nearest(numbers: list[int], target: int) -> str:
    """A formula of all the numbers whose value is as near to `target` as any; for up to four numbers."""
    whole = 2 ** len(numbers) - 1
    # Set of numbers → (numerator, denominator ≠ 0, how it was made); not reduced, since that would cost more.
    made: dict[int, list[tuple[int, int, Tree]]] = {
        1 << place: [(number, 1, number)] for place, number in enumerate(numbers)
    }
    for subset in range(1, whole + 1):
        if subset in made:
            continue
        found: list[tuple[int, int, Tree]] = []
        made[subset] = found
        part = (subset - 1) & subset
        while part > subset ^ part:  # each pair of parts once
            for a, b, left in made[part]:
                for c, d, right in made[subset ^ part]:
                    found.append((a * d + c * b, b * d, (left, "+", right)))
                    found.append((a * d - c * b, b * d, (left, "-", right)))
                    found.append((c * b - a * d, b * d, (right, "-", left)))
                    found.append((a * c, b * d, (left, "*", right)))
                    if c:
                        found.append((a * d, b * c, (left, "/", right)))
                    if a:
                        found.append((c * b, d * a, (right, "/", left)))
            part = (part - 1) & subset
    best, best_off, best_below = made[whole][0][2], 1, 0  # off / below is the distance to the target
    for above, below, tree in made[whole]:
        off = abs(above - target * below)
        if off * best_below < best_off * abs(below):
            best, best_off, best_below = tree, off, abs(below)
    return _written(best)


def _written(tree: Tree) -> str:
    if isinstance(tree, tuple):
        left, operator, right = tree
        return formula.combined(_written(left), operator, _written(right))
    return str(tree)
