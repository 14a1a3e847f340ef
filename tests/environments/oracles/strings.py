"""What the tests know of the environments of strings."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations, count, islice, pairwise, product
from typing import Any

from tests.environments.oracles._choices import best_among, dropped, length, same, subsets
from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt


def _pcp_permutation(problem: Any, order: list[int]) -> bool:
    if sorted(order) != list(range(len(problem.uppers))):
        return False
    return "".join(problem.uppers[card] for card in order) == "".join(problem.lowers[card] for card in order)


def _cards_swapped(problem: Any) -> Sequence[list[int]]:
    right = problem.solution()
    return [right, right[::-1], right[:-1]] if not _pcp_permutation(problem, right[::-1]) else [right, right[:-1]]


def _parts(text: str) -> list[str]:
    """Every part without gaps, by its place."""
    return [text[first:end] for end in range(1, len(text) + 1) for first in range(end)]


def _mirrored(text: str) -> bool:
    return all(text[place] == text[-1 - place] for place in range(len(text) // 2))


def _edits(start: str, goal: str) -> int:
    """All ways to deal with the first letters."""
    if not start or not goal:
        return len(start) + len(goal)
    if start[0] == goal[0]:
        return _edits(start[1:], goal[1:])
    return 1 + min(_edits(start[1:], goal), _edits(start, goal[1:]), _edits(start[1:], goal[1:]))


def _subsequences(text: str) -> set[str]:
    return {"".join(text[place] for place in chosen) for chosen in subsets(len(text))}


def _in_common(problem: Any, answer: str) -> bool:
    """By patterns, since there are too many subsequences to list."""
    pattern = ".*".join(answer)
    return re.search(pattern, problem.first) is not None and re.search(pattern, problem.second) is not None


def _partners(problem: Any) -> list[int]:
    """Crosses out neighbours that match until nothing is left."""
    left = list(enumerate(problem.brackets))
    partner: dict[int, int] = {}
    while left:
        place = next(i for i in range(len(left)) if left[i][1] + left[i + 1][1] in ("()", "[]", "<>"))
        partner[left[place][0]] = left[place + 1][0]
        del left[place : place + 2]
    return [end for _, end in sorted(partner.items())]


def _rotated(problem: Any) -> int:
    text = problem.text
    rotations = [
        length
        for length in range(1, len(text) // 2 + 1)
        for cut in range(length)
        if text[cut:length] + text[:cut] == text[len(text) - length :]
    ]
    return max(rotations, default=0)


def _double(problem: Any, cuts: Sequence[int]) -> bool:
    if len(cuts) != 3 or not 0 <= cuts[0] < cuts[1] < cuts[2] <= len(problem.text):
        return False
    return _mirrored(problem.text[cuts[0] : cuts[1]]) and _mirrored(problem.text[cuts[1] : cuts[2]])


def _reach(problem: Any, places: Sequence[int]) -> int:
    return places[-1] - places[0]


def _twice_mirrored(part: str) -> bool:
    words = (part[:size] for size in range(1, len(part) // 4 + 1))
    return any(part == 2 * (word + word[::-1]) for word in words)


def _size(problem: Any, ends: Sequence[int]) -> int:
    return ends[1] - ends[0] + 1


def _spans(rule: Callable[[str], bool]) -> Callable[[Any, Sequence[int]], bool]:
    """Whether first and last positions enclose a part that keeps the rule."""

    def holds(problem: Any, ends: Sequence[int]) -> bool:
        inside = len(ends) == 2 and 0 <= ends[0] <= ends[1] < len(problem.text)
        return inside and rule(problem.text[ends[0] : ends[1] + 1])

    return holds


def _missing(problem: Any) -> str:
    held = {*_parts(problem.text)}
    words = ("".join(letters) for size in count(1) for letters in product("ab", repeat=size))
    return next(word for word in words if word not in held)


def _equal_parts(problem: Any) -> int:
    first, second = Counter(_parts(problem.first)), Counter(_parts(problem.second))
    return sum(times * second[part] for part, times in first.items())


def _run(problem: Any, text: str) -> int:
    return max(len(found.group()) for found in re.finditer("0+|1+", text))


def _few_changes(problem: Any, text: str) -> bool:
    same_length = len(text) == len(problem.text)
    return same_length and sum(map(str.__ne__, text, problem.text)) <= problem.changes


def _shortest_run(problem: Any) -> int:
    texts = map("".join, product("01", repeat=len(problem.text)))
    return min(_run(problem, text) for text in texts if _few_changes(problem, text))


def _prefix_free(problem: Any) -> int:
    sets = ([problem.strings[place] for place in chosen] for chosen in subsets(len(problem.strings)))
    return sum(not any(a != b and b.startswith(a) for a in words for b in words) for words in sets)


def _put_together(problem: Any, parts: Sequence[Sequence[int]]) -> bool:
    if len(parts) != len(problem.parts) or any(len(part) != 2 or part[0] >= part[1] for part in parts):
        return False
    places = [place for first, end in parts for place in range(first, min(end, len(problem.start) + 1))]
    whole = sorted(places) == [*range(len(problem.start))]
    return whole and "".join(problem.start[place] for place in places) == problem.goal


def _semi_balanced(problem: Any) -> str:
    def balanced(text: str) -> bool:
        while "()" in text:
            text = text.replace("()", "")
        return not text

    size = 2 * problem.pairs + 1
    texts = ("".join(brackets) for brackets in product("()", repeat=size))
    wanted = (text for text in texts if any(balanced(text[:cut] + text[cut + 1 :]) for cut in range(size)))
    return next(islice(wanted, problem.number - 1, None))


def _grown(problem: Any) -> str:
    text = problem.text
    while len(text) < problem.number:
        text += text[-1] + text[:-1]
    return text[problem.number - 1]


def _palindrome_cuts(problem: Any) -> int:
    length = len(problem.text)
    ways = [(), *subsets(length - 1)]
    cuts = ([0, *(place + 1 for place in way), length] for way in ways)
    return sum(all(_mirrored(problem.text[a:b]) for a, b in pairwise(places)) for places in cuts)


def _halves(problem: Any) -> str:
    """The parts by where they end, of those that end together the shorter one first."""
    length = len(problem.digits)
    sizes = [1 << power for power in range(length.bit_length())]
    parts = sorted((end, size) for size in sizes for end in range(size, length + 1, size))
    kinds = {frozenset("0"): "B", frozenset("1"): "I", frozenset("01"): "F"}
    return "".join(kinds[frozenset(problem.digits[end - size : end])] for end, size in parts)


def _opposite(part: str) -> str:
    return part[::-1].translate(str.maketrans("01", "10"))


def _led(problem: Any, ends: Sequence[int]) -> bool:
    if len(ends) != 2 or not 0 <= ends[0] <= ends[1] < len(problem.text):
        return False
    part = problem.text[ends[0] : ends[1] + 1]
    looks = [piece for size in range(len(part) + 1) for piece in (part[:size], part[size:])]
    return all(piece.count("p") >= piece.count("j") for piece in looks)


def _longest_part(rule: Callable[[str], bool]) -> Callable[[Any], int]:
    return lambda problem: max(len(part) for part in _parts(problem.text) if rule(part))


EXAMPLES: dict[str, Example] = {
    "FBI_BinaryTree": ({"digits": "0010"}, "BBBIBFF"),
    "PalindromeTest": ({"text": "abcba"}, "yes"),
    "SecretCowCode": ({"text": "cow", "number": 8}, "c"),
}

SEARCHES: dict[str, Search] = {
    "AntiPalindromicSubstringCounting": (
        lambda problem: sum(part == _opposite(part) for part in _parts(problem.digits)),
        same,
        range(5),
    ),
    "BracketMatching": (_partners, same, range(5)),
    "EditDistance": (lambda problem: _edits(problem.start, problem.goal), same, range(3)),
    "FBI_BinaryTree": (_halves, same, range(6)),
    "Kth_SemiBalancedBracketSequence": (_semi_balanced, same, range(2)),
    "LongestCommonSubsequence": (
        lambda problem: max(map(len, _subsequences(problem.first) & _subsequences(problem.second))),
        length,
        range(4),
    ),
    "LongestPalindromicSubstring": (_longest_part(_mirrored), _size, range(5)),
    "Longest_DoublePalindrome": (
        lambda problem: max(
            cuts[2] - cuts[0] for cuts in combinations(range(len(problem.text) + 1), 3) if _double(problem, cuts)
        ),
        _reach,
        range(4),
    ),
    "Longest_RepeatedPalindrome": (_longest_part(_twice_mirrored), _size, range(4)),
    "MinNonsubstring": (_missing, same, range(8)),
    "PalindromePartitionCounting": (_palindrome_cuts, same, range(4)),
    "PalindromeTest": (lambda problem: "yes" if _mirrored(problem.text) else "no", same, range(5)),
    "PatternOccurrences": (
        lambda problem: [found.start() for found in re.finditer(f"(?={problem.pattern})", problem.text)],
        same,
        range(5),
    ),
    "Prefixuffix": (_rotated, same, range(6)),
    "SaladBar": (
        lambda problem: max(
            last - first
            for last in range(len(problem.text))
            for first in range(last + 1)
            if _led(problem, [first, last])
        ),
        _reach,
        range(4),
    ),
    "SecretCowCode": (_grown, same, range(8)),
    "SharedSubstringCounting": (_equal_parts, same, range(6)),
    "ShortestUnicolorSubstring": (_shortest_run, _run, range(3)),
    "ZeroPrefixSubsetCounting": (_prefix_free, same, range(4)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "LongestCommonSubsequence": best_among(_in_common, length),
    "LongestPalindromicSubstring": best_among(_spans(_mirrored), _size),
    "Longest_DoublePalindrome": best_among(_double, _reach),
    "Longest_RepeatedPalindrome": best_among(_spans(_twice_mirrored), _size),
    "PCPPermutation": _pcp_permutation,
    "SaladBar": best_among(_led, _reach),
    "ShortestUnicolorSubstring": best_among(_few_changes, _run),
    "StringPartitionShuffle": _put_together,
}

BEST_FIRST: dict[str, BestFirst] = {
    "BracketMatching": integers_spoilt,
    "LongestCommonSubsequence": lambda problem: [answer for answer in dropped(problem) if answer],
    "PCPPermutation": _cards_swapped,
}
