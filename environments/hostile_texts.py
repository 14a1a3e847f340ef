"""Completions that look like nothing, like much, or nearly like the solution, for the contract."""

from typing import Any

from environments.answers import Letters, Marker
from environments.problem import Problem

_INSIDES = (
    *(
        "",
        " ",
        "\n",
        "0",
        "1",
        "-1",
        "2",
        "7",
        "-0",
        "+5",
        "05",
        "1_0",
        "5.0",
        "1e9",
        "nan",
        "inf",
        "-inf",
        "1/2",
        "2,250",
    ),
    *("1,2", "1 2 3", "[1, 2, 3]", "(1)", "[]", "()", "[", "]", "1, 2, x", "1  2", "0 0", "-1 -2 -3", "3 2 1 0", "1;2"),
    *(
        "yes",
        "no",
        "YES",
        "true",
        "even",
        "odd",
        "a",
        "a b c",
        "abc",
        "A B",
        "none",
        "None",
        "x",
        "...",
        "{}",
        "{",
        "}}",
    ),
    *(
        "٣",
        "１２",
        "²",
        "π",
        "\x00",
        "\ud800",
        "\u200b7",
        "\u00a07",
        "é",
        "🙂",
        "$42$",
        "$$",
        "\\text{5}",
        "{5}",
        "**5**",
    ),
    *(
        "__import__('os').system('true')",
        "9**9**9",
        "lambda: 0",
        "%s%s%n",
        "<answer>5",
        "'; drop table",
        "-",
        "+",
        "--5",
    ),
    *("9" * 3999, "-" + "9" * 3999, "9" * 5000, "1" + ",000" * 900, "0 " * 2000, "1 " * 2000, "-1 " * 1300),
    *("a " * 2000, "z" * 4000, "ab" * 2000, "0" * 4000, "01" * 2000, "((((" * 1000, "[" * 4000),
    " ".join(map(str, range(1000))),
    " ".join(map(str, range(1, 1001))),
    " ".join(map(str, range(999, -1, -1))),
    " ".join(["9" * 400] * 10),
)


def hostile_texts(problem: Problem[Any], solution: Any, marker: Marker) -> list[str]:
    """Completions for a problem with this solution."""
    right = problem.answer.render(solution)
    words = right.split() or [""]
    insides = [
        *_INSIDES,
        right,
        right + right,
        f"{right} {right}",
        right[:-1],
        right[::-1],
        " ".join(words[::-1]),
        right.upper(),
    ]
    for place in sorted({0, len(words) // 2, len(words) - 1}):
        others = ("-1", "0", "9" * 300, str(len(words)), "-" + words[place], words[-1 - place], "")
        insides += [" ".join([*words[:place], word, *words[place + 1 :]]) for word in others]
    insides += [f"{words[0]} {right}", f"{right} {words[-1]}", (right + " ") * (4000 // (len(right) + 1))]
    if isinstance(problem.answer, Letters):
        insides.append(problem.answer.alphabet * (4000 // len(problem.answer.alphabet)))
    opening, closing = marker.opening, marker.closing
    return [
        *(marker.wrap(inside) for inside in insides),
        *("", "I do not know.", right, opening, closing, closing + opening, opening + right, right + closing),
        *(opening * 16_000, closing * 16_000, opening * 16_000 + right, opening + "x" * 200_000, "x" * 200_000),
        marker.wrap("7 " * 100_000),
    ]
