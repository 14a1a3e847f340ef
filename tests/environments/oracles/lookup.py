"""What the tests know of the environments of lookup."""

import re
from collections import Counter
from itertools import combinations, groupby
from statistics import median_low, multimode
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt


def _itself(problem: Any, answer: Any) -> Any:
    return answer


def _only_one_above(problem: Any) -> int:
    (found,) = [value for value in problem.values if sum(other > value for other in problem.values) == 1]
    return found


def _ranked(problem: Any) -> int:
    (found,) = [value for value in problem.values if sum(other <= value for other in problem.values) == problem.rank]
    return found


def _first_repeated(problem: Any) -> str:
    """The letter whose second occurrence stands furthest left."""
    seconds: dict[str, int] = {}
    for letter in problem.letters:
        places = [place for place, other in enumerate(problem.letters) if other == letter]
        if len(places) > 1:
            seconds[letter] = places[1]
    return min(seconds, key=lambda letter: seconds[letter])


def _majority(problem: Any) -> int:
    """Voting: equal pairs cancel, and only what is left can be a majority."""
    candidate = votes = 0
    for value in problem.values:
        if votes == 0:
            candidate = value
        votes += 1 if value == candidate else -1
    return candidate if problem.values.count(candidate) * 2 > len(problem.values) else 0


def _largest_with_no_other_after(problem: Any) -> int:
    (place,) = [
        place for place, value in enumerate(problem.values, start=1) if all(value >= other for other in problem.values)
    ]
    return place


def _cell_in_the_prompt(problem: Any) -> int:
    asked, header, *lines = problem.prompt().splitlines()
    row, column = re.findall("row ([a-z]) and column ([A-Z])", asked)[0]
    (line,) = [line.split() for line in lines if line.startswith(row)]
    return int(line[1 + header.split().index(column)])


def _value_in_the_prompt(problem: Any) -> int:
    wanted = re.findall("What is ([a-z]+):", problem.prompt())[0]
    return int(re.findall(rf"[ :]{wanted} = ([0-9]+)", problem.prompt())[0])


EXAMPLES: dict[str, Example] = {
    "AlternatingSum": ({"values": [9, 2, 4, 5]}, 6),
    "Argmax": ({"values": [3, 17, 5]}, 2),
    "BucketSorting": ({"values": [3, 1, 3, 2]}, 3),
    "CountChar": ({"letter": "a", "letters": "abaca"}, 3),
    "CountDistinct": ({"letters": "abaca"}, 3),
    "CountEvens": ({"values": [0, 3, 8, 5]}, 2),
    "CountGreaterThan": ({"values": [5, 9, 7, 3], "bound": 5}, 2),
    "CountInversions": ({"values": [3, 1, 2]}, 2),
    "CountOnes": ({"bits": "01101"}, 3),
    "CountSubstring": ({"letters": "aaabaa", "pattern": "aa"}, 3),
    "Differences": ({"values": [4, 9, 7]}, [5, -2]),
    "DotProduct": ({"first": [1, 2, 3], "second": [4, 5, 6]}, 32),
    "FirstRepeated": ({"letters": "abcba"}, "b"),
    "IndexOf": ({"letters": "kabb", "wanted": "b"}, 3),
    "KeyValueLookup": ({"keys": ["k", "a"], "values": [4, 7], "wanted": "a"}, 7),
    "KthSmallest": ({"values": [30, 10, 20], "rank": 2}, 20),
    "MajorityElement": ({"values": [4, 2, 4, 1]}, 0),
    "MaxElement": ({"values": [3, 17, 5]}, 17),
    "MedianElement": ({"values": [30, 10, 20]}, 20),
    "MinElement": ({"values": [3, -17, 5]}, -17),
    "Parity": ({"digits": [1, 2, 4]}, "odd"),
    "PrefixSums": ({"values": [3, 1, 2]}, [3, 4, 6]),
    "RangeOfList": ({"values": [3, 17, 5]}, 14),
    "SecondLargest": ({"values": [3, 17, 5]}, 5),
    "SumList": ({"values": [3, 17, 5]}, 25),
    "TableLookup": (
        {"row_names": "ab", "column_names": "XY", "cells": [[1, 2], [3, 4]], "row": 1, "column": 0},
        3,
    ),
}

SEARCHES: dict[str, Search] = {
    "AlternatingSum": (
        lambda problem: sum(value * (-1) ** place for place, value in enumerate(problem.values)),
        _itself,
        range(12),
    ),
    "Argmax": (_largest_with_no_other_after, _itself, range(12)),
    "CountDistinct": (lambda problem: len(list(groupby(sorted(problem.letters)))), _itself, range(12)),
    "CountEvens": (lambda problem: len([x for x in problem.values if str(x)[-1] in "02468"]), _itself, range(12)),
    "CountGreaterThan": (
        lambda problem: len(problem.values) - sorted([*problem.values, problem.bound + 0.5]).index(problem.bound + 0.5),
        _itself,
        range(12),
    ),
    "CountInversions": (
        lambda problem: sum(before > after for before, after in combinations(problem.values, 2)),
        _itself,
        range(20),
    ),
    "CountOnes": (lambda problem: sum(map(int, problem.bits)), _itself, range(12)),
    "CountSubstring": (
        lambda problem: len(re.findall(f"(?={problem.pattern})", problem.letters)),
        _itself,
        range(20),
    ),
    "Differences": (
        lambda problem: [problem.values[k] - problem.values[k - 1] for k in range(1, len(problem.values))],
        _itself,
        range(12),
    ),
    "DotProduct": (
        lambda problem: sum(problem.first[k] * problem.second[k] for k in range(len(problem.first))),
        _itself,
        range(12),
    ),
    "FirstRepeated": (_first_repeated, _itself, range(12)),
    "IndexOf": (
        lambda problem: len(problem.letters.split(problem.wanted)[0]) + 1,
        _itself,
        range(12),
    ),
    "KeyValueLookup": (_value_in_the_prompt, _itself, range(16)),
    "KthSmallest": (_ranked, _itself, range(12)),
    "MajorityElement": (_majority, _itself, range(20)),
    "MedianElement": (lambda problem: median_low(problem.values), _itself, range(12)),
    "MinElement": (lambda problem: -max(-value for value in problem.values), _itself, range(12)),
    "PrefixSums": (
        lambda problem: [sum(problem.values[:end]) for end in range(1, len(problem.values) + 1)],
        _itself,
        range(12),
    ),
    "RangeOfList": (
        lambda problem: max(a - b for a in problem.values for b in problem.values),
        _itself,
        range(12),
    ),
    "SecondLargest": (_only_one_above, _itself, range(12)),
    "SumList": (
        lambda problem: sum(value * count for value, count in Counter(problem.values).items()),
        _itself,
        range(12),
    ),
    "TableLookup": (_cell_in_the_prompt, _itself, range(12)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "BucketSorting": lambda problem, answer: answer in multimode(problem.values),
}

BEST_FIRST: dict[str, BestFirst] = {
    "Differences": integers_spoilt,
    "PrefixSums": integers_spoilt,
}
