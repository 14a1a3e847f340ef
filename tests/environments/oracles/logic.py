"""What the tests know of the environments of logic."""

import re
from collections.abc import Sequence
from functools import reduce
from itertools import combinations_with_replacement, product
from operator import xor
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import spoil


def _sat(problem: Any, values: list[int]) -> bool:
    if len(values) != len(problem.solution()) or set(values) - {0, 1}:
        return False
    return all(any(values[abs(literal) - 1] == int(literal > 0) for literal in clause) for clause in problem.clauses)


def _fewer_clauses(problem: Any) -> Sequence[list[int]]:
    """All assignments one flip away, by how many clauses they satisfy."""
    right = problem.solution()

    def satisfied(values: list[int]) -> int:
        return sum(any(values[abs(x) - 1] == int(x > 0) for x in clause) for clause in problem.clauses)

    flips = [[*right[:place], 1 - right[place], *right[place + 1 :]] for place in range(len(right))]
    return [right, *sorted(flips, key=satisfied, reverse=True), right[1:], [2] * len(right)][: len(right) + 2]


def _evaluated(text: str, values: dict[str, int]) -> int:
    """A fully parenthesised expression over single-letter or numbered names, reduced from the inside out."""
    stack: list[Any] = [[]]
    for token in text.replace("(", " ( ").replace(")", " ) ").split():
        if token == "(":
            stack.append([])
        elif token == ")":
            inner = stack.pop()
            stack[-1].append(_folded(inner))
        else:
            stack[-1].append(values.get(token, token))
    return _folded(stack[0])


def _folded(parts: list[Any]) -> int:
    """From left to right: a row without parentheses has one operator only, or equal ones."""
    result = parts[0]
    for operator, part in zip(parts[1::2], parts[2::2], strict=True):
        pair = (result, part)
        result = {"&": min(pair), "|": max(pair), "^": int(result != part)}[operator]
    return result


def _circuit(problem: Any, values: list[int]) -> bool:
    if len(values) != len(problem.solution()) or set(values) - {0, 1}:
        return False
    named = {f"x{number}": bit for number, bit in enumerate(values, start=1)}
    return _evaluated(problem.prompt().splitlines()[-1], named) == 1


def _truthful(problem: Any, words: list[str]) -> bool:
    if len(words) != len(problem.solution()) or set(words) - {"knight", "knave"}:
        return False
    return _fitting(problem, words) == len(words)


def _fitting(problem: Any, words: list[str]) -> int:
    """How many people say what fits their roles, read from the prompt."""
    roles = dict(zip("ABCDEFGHIJKL", words, strict=False))

    def true(text: str) -> bool:
        if " if and only if " in text:
            first, second = text.split(" if and only if ")
            return true(first) == true(second)
        if text.startswith("if "):
            first, second = text.removeprefix("if ").split(" then ")
            return not true(first) or true(second)
        if text.startswith("it is not true that "):
            return not true(text.removeprefix("it is not true that "))
        if text.endswith(" or both"):
            return any(map(true, text.removesuffix(" or both").split(" or ")))
        if " and " in text:
            return all(map(true, text.split(" and ")))
        name, role = text.split(" is a ")
        return roles[name] == role

    lines = [line.split(": ") for line in problem.prompt().splitlines()[1:]]
    return sum(true(text) == (roles[name] == "knight") for name, text in lines)


def _fewer_fitting(problem: Any) -> Sequence[list[str]]:
    """All roles where one or two people have the other role, by how many say what fits."""
    right = problem.solution()
    other = {"knight": "knave", "knave": "knight"}
    changes = [{a, b} for a, b in combinations_with_replacement(range(len(right)), 2)]
    wrong = [[other[role] if place in changed else role for place, role in enumerate(right)] for changed in changes]
    return [right, *sorted(wrong, key=lambda words: _fitting(problem, words), reverse=True), right[1:]]


def _xor_ways(problem: Any) -> int:
    choices = product(range(problem.low, problem.high + 1), repeat=problem.count)
    return sum(reduce(xor, chosen) == problem.wanted for chosen in choices) % 10_000


def _filled_in(problem: Any) -> int:
    text = problem.prompt().splitlines()[-1]
    pieces = text.split("_")
    count = 0
    for bits in product("01", repeat=len(pieces) - 1):
        filled = "".join(piece + bit for piece, bit in zip(pieces, (*bits, ""), strict=True))
        count += _evaluated(filled, {"0": 0, "1": 1})
    return count


def _operation_sequences(problem: Any) -> int:
    count = 0
    for choices in product((min, max), repeat=len(problem.words)):
        result = "0" * len(problem.target)
        for choice, word in zip(choices, problem.words, strict=True):
            result = "".join(map(choice, result, word))
        count += result == problem.target
    return count


def _least_changed(problem: Any) -> int:
    delta = int(problem.delta, 2)
    return min((n ^ n + delta).bit_count() for n in range(4 * delta))


def _boolean(problem: Any) -> str:
    text = problem.prompt().splitlines()[-1]
    compared = {"<": int.__lt__, ">": int.__gt__, "=": int.__eq__}
    text = re.sub(r"(\d) (.) (\d)", lambda found: str(int(compared[found[2]](int(found[1]), int(found[3])))), text)
    for word, sign in (("and", "&"), ("xor", "^"), ("or", "|")):
        text = text.replace(f" {word} ", f" {sign} ")
    return ("false", "true")[_evaluated(text, {"0": 0, "1": 1})]


def _table(problem: Any) -> str:
    text = problem.prompt().splitlines()[-1]
    rows = product((0, 1), repeat=problem.variables)
    return "".join(str(_evaluated(text, dict(zip("abcdefg", row, strict=False)))) for row in rows)


def _all_off(problem: Any, cells: list[int]) -> bool:
    height, width = len(problem.rows), len(problem.rows[0])
    if len(cells) != len(set(cells)) or set(cells) - set(range(1, height * width + 1)):
        return False
    lights = {(y, x): int(problem.rows[y][x]) for y in range(height) for x in range(width)}
    for cell in cells:
        row, column = divmod(cell - 1, width)
        for y, x in lights:
            lights[y, x] ^= abs(y - row) + abs(x - column) <= 1
    return not any(lights.values())


def _has_parities(problem: Any, rows: list[str]) -> bool:
    if [len(row) for row in rows] != [len(row) for row in problem.rows]:
        return False
    ones = [(y, x) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell == "1"]
    return all(
        sum(abs(y - a) + abs(x - b) <= 1 for a, b in ones) % 2 == int(wanted)
        for y, row in enumerate(problem.rows)
        for x, wanted in enumerate(row)
    )


def _fewer_parities(problem: Any) -> Sequence[list[str]]:
    """A cell of the solution is changed: the more neighbours it has, the more parities are wrong."""
    right = problem.solution()
    height, width = len(right), len(right[0])

    def wrong(place: int) -> int:
        y, x = divmod(place, width)
        return 1 + (y > 0) + (x > 0) + (y + 1 < height) + (x + 1 < width)

    cells = "".join(right)
    changed = [
        cells[:place] + "10"[int(cells[place])] + cells[place + 1 :] for place in sorted(range(len(cells)), key=wrong)
    ]
    return [right, *([text[start : start + width] for start in range(0, len(text), width)] for text in changed)]


def _models(problem: Any) -> int:
    return sum(
        all(any(bits[abs(x) - 1] == (x > 0) for x in clause) for clause in problem.clauses)
        for bits in product((False, True), repeat=problem.variables)
    )


def _digits_spoilt(problem: Any) -> Sequence[str]:
    right = problem.solution()
    return [spoil(right, count, lambda digit: "10"[int(digit)]) for count in range(len(right) + 1)]


EXAMPLES: dict[str, Example] = {
    "DeltaMinPopcount": ({"delta": "111"}, 2),
    "BitEquationCounting": ({"tree": ["|", ["&", 0, 0], 0]}, 5),
}

SEARCHES: dict[str, Search] = {
    "XorEquationCounting": (_xor_ways, lambda problem, answer: answer, range(4)),
    "BitEquationCounting": (_filled_in, lambda problem, answer: answer, range(4)),
    "BitwiseOperationSequenceCounting": (_operation_sequences, lambda problem, answer: answer, range(5)),
    "DeltaMinPopcount": (_least_changed, lambda problem, answer: answer, range(2)),
    "BooleanEvaluation": (_boolean, lambda problem, answer: answer, range(6)),
    "TruthTable": (_table, lambda problem, answer: answer, range(6)),
    "CNFCount": (_models, lambda problem, answer: answer, range(6)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "SAT": _sat,
    "TwoSAT": _sat,
    "Circuit": _circuit,
    "KnightsAndKnaves": _truthful,
    "LightsOut": _all_off,
    "GridParityConstruction": _has_parities,
}

BEST_FIRST: dict[str, BestFirst] = {
    "GridParityConstruction": _fewer_parities,
    "KnightsAndKnaves": _fewer_fitting,
    "SAT": _fewer_clauses,
    "TwoSAT": _fewer_clauses,
    "TruthTable": _digits_spoilt,
}
