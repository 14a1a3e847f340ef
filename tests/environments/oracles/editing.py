"""What the tests know of the environments of editing."""

import re
from collections import Counter, deque
from itertools import cycle, zip_longest
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, Search
from tests.environments.oracles._spoilt import integers_spoilt, letters_spoilt, words_spoilt


def _itself(problem: Any, answer: Any) -> Any:
    return answer


def _shifted(letter: str, places: int) -> str:
    """One place at a time."""
    for _ in range(abs(places)):
        if places > 0:
            letter = "a" if letter == "z" else chr(ord(letter) + 1)
        else:
            letter = "z" if letter == "a" else chr(ord(letter) - 1)
    return letter


def _rotated(problem: Any) -> str:
    letters = deque(problem.letters)
    letters.rotate(-problem.moved if problem.left else problem.moved)
    return "".join(letters)


def _halves_swapped(problem: Any) -> str:
    """Letter by letter: each changes places with the one half a length further."""
    letters = list(problem.letters)
    for place in range(len(letters) // 2):
        other = place + (len(letters) + 1) // 2
        letters[place], letters[other] = letters[other], letters[place]
    return "".join(letters)


def _char_at(problem: Any) -> str:
    left = list(problem.letters)
    for _ in range(problem.position - 1):
        left.pop(-1 if problem.from_end else 0)
    return left.pop(-1 if problem.from_end else 0)


def _zigzag(problem: Any) -> str:
    """The pen's way, step by step."""
    rows: list[str] = [""] * problem.rows
    row, step = 0, 1
    for letter in problem.letters:
        rows[row] += letter
        if row + step not in range(problem.rows):
            step = -step
        row += step
    return "".join(rows)


def _in_order(problem: Any) -> str:
    counts = Counter(problem.letters)
    return "".join(chr(code) * counts[chr(code)] for code in range(ord("a"), ord("z") + 1))


def _deque_reversed(problem: Any) -> list[str]:
    words: deque[str] = deque()
    words.extendleft(problem.words)
    return list(words)


EXAMPLES: dict[str, Example] = {
    "Acronym": ({"words": ["as", "soon", "as"]}, "asa"),
    "AlphabetPosition": ({"letters": "kaz"}, [11, 1, 26]),
    "AtbashCipher": ({"letters": "abz"}, "zya"),
    "CaesarCipher": ({"letters": "xyz", "shift": 2}, "zab"),
    "CharAt": ({"letters": "kabd", "position": 2, "from_end": True}, "b"),
    "Copy": ({"letters": "kab"}, "kab"),
    "DeduplicateAdjacent": ({"letters": "aabbba"}, "aba"),
    "InterleaveStrings": ({"first": "abc", "second": "x"}, "axbc"),
    "MinimalCyclicShift": ({"bits": "1101001"}, "0011101"),
    "RailFenceCipher": ({"letters": "abcdefg", "rows": 3}, "aebdfcg"),
    "RemoveVowels": ({"letters": "kaby"}, "kby"),
    "RepeatString": ({"letters": "kab", "times": 2}, "kabkab"),
    "ReplaceChar": ({"letters": "kaba", "old": "a", "new": "x"}, "kxbx"),
    "Reverse": ({"letters": "kab"}, "bak"),
    "RotateString": ({"letters": "kabd", "moved": 1, "left": True}, "abdk"),
    "RunLengthDecode": ({"code": "a3b1"}, "aaab"),
    "RunLengthEncode": ({"letters": "aaab"}, "a3b1"),
    "SortCharacters": ({"letters": "kaba"}, "aabk"),
    "SubstringExtract": ({"letters": "kabde", "first": 2, "last": 4}, "abd"),
    "SwapHalves": ({"letters": "abcde"}, "decab"),
    "TakeEveryK": ({"letters": "abcdefg", "step": 3}, "cf"),
    "VigenereCipher": ({"letters": "aaz", "key": "bc"}, "bca"),
    "WordReverse": ({"words": ["one", "two", "three"]}, ["three", "two", "one"]),
}

SEARCHES: dict[str, Search] = {
    "Acronym": (lambda problem: "".join(re.findall(r"\b\w", " ".join(problem.words))), _itself, range(12)),
    "AlphabetPosition": (lambda problem: [ord(letter) - 96 for letter in problem.letters], _itself, range(12)),
    "AtbashCipher": (lambda problem: "".join(chr(219 - ord(x)) for x in problem.letters), _itself, range(12)),
    "CaesarCipher": (
        lambda problem: "".join(_shifted(letter, problem.shift) for letter in problem.letters),
        _itself,
        range(30),
    ),
    "CharAt": (_char_at, _itself, range(12)),
    "DeduplicateAdjacent": (lambda problem: re.sub(r"(.)\1+", r"\1", problem.letters), _itself, range(12)),
    "InterleaveStrings": (
        lambda problem: "".join(map("".join, zip_longest(problem.first, problem.second, fillvalue=""))),
        _itself,
        range(20),
    ),
    "MinimalCyclicShift": (
        lambda problem: min(problem.bits[start:] + problem.bits[:start] for start in range(len(problem.bits))),
        _itself,
        range(20),
    ),
    "RailFenceCipher": (_zigzag, _itself, range(20)),
    "RemoveVowels": (lambda problem: re.sub("[aeiou]", "", problem.letters), _itself, range(12)),
    "RepeatString": (
        lambda problem: "".join(
            problem.letters[place % len(problem.letters)] for place in range(problem.times * len(problem.letters))
        ),
        _itself,
        range(12),
    ),
    "ReplaceChar": (
        lambda problem: "".join(problem.new if letter == problem.old else letter for letter in problem.letters),
        _itself,
        range(12),
    ),
    "RotateString": (_rotated, _itself, range(12)),
    "RunLengthDecode": (
        lambda problem: re.sub("(.)([0-9])", lambda run: run[1] * int(run[2]), problem.code),
        _itself,
        range(20),
    ),
    "RunLengthEncode": (
        lambda problem: re.sub(r"(.)\1*", lambda run: f"{run[1]}{len(run[0])}", problem.letters),
        _itself,
        range(20),
    ),
    "SortCharacters": (_in_order, _itself, range(12)),
    "SubstringExtract": (
        lambda problem: "".join(
            letter for place, letter in enumerate(problem.letters, start=1) if problem.first <= place <= problem.last
        ),
        _itself,
        range(12),
    ),
    "SwapHalves": (_halves_swapped, _itself, range(12)),
    "TakeEveryK": (
        lambda problem: "".join(x for n, x in enumerate(problem.letters, start=1) if n % problem.step == 0),
        _itself,
        range(20),
    ),
    "VigenereCipher": (
        lambda problem: "".join(
            _shifted(letter, ord(key) - 97) for letter, key in zip(problem.letters, cycle(problem.key), strict=False)
        ),
        _itself,
        range(15),
    ),
    "WordReverse": (_deque_reversed, _itself, range(12)),
}

BEST_FIRST: dict[str, BestFirst] = {
    "Acronym": letters_spoilt,
    "AlphabetPosition": integers_spoilt,
    "AtbashCipher": letters_spoilt,
    "CaesarCipher": letters_spoilt,
    "Copy": letters_spoilt,
    "DeduplicateAdjacent": letters_spoilt,
    "InterleaveStrings": letters_spoilt,
    "RailFenceCipher": letters_spoilt,
    "RemoveVowels": letters_spoilt,
    "RepeatString": letters_spoilt,
    "ReplaceChar": letters_spoilt,
    "Reverse": letters_spoilt,
    "RotateString": letters_spoilt,
    "RunLengthDecode": letters_spoilt,
    "RunLengthEncode": letters_spoilt,
    "SortCharacters": letters_spoilt,
    "SubstringExtract": letters_spoilt,
    "SwapHalves": letters_spoilt,
    "TakeEveryK": letters_spoilt,
    "VigenereCipher": letters_spoilt,
    "WordReverse": words_spoilt,
}
