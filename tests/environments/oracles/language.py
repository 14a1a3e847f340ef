"""What the tests know of the environments of language."""

import re
from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt, words_spoilt

_ANIMALS_BY_LEGS = {
    0: "snakes",
    2: "hens ducks geese ostriches",
    4: "cows dogs cats horses sheep lions mice",
    6: "ants bees beetles butterflies",
    8: "spiders scorpions",
    10: "crabs lobsters",
}


def _itself(problem: Any, answer: Any) -> Any:
    return answer


def _legs(problem: Any) -> int:
    counts = {animal: int(count) for count, animal in re.findall("([0-9]+) ([a-z]+)", problem.prompt())}
    return sum(
        legs * counts.pop(animal, 0) for legs, animals in _ANIMALS_BY_LEGS.items() for animal in animals.split()
    ) + 10**9 * len(counts)  # an animal that is not known would show


def _pig_latin(problem: Any) -> list[str]:
    words = problem.prompt().rsplit("Do so with ", 1)[1]
    words = re.sub(r"\b([aeiou][a-z]*)", r"\1W", words)
    words = re.sub(r"\b([^aeiou\W]+)([aeiou][a-z]*)\b", r"\2\1ay", words)
    return words.replace("W", "way").split()


def _table(problem: Any) -> int:
    """From the prompt's text."""
    asked, _, *lines = problem.prompt().splitlines()
    rows = [(line.split()[1], int(line.split()[2])) for line in lines]
    if found := re.fullmatch(r".*other than ([a-z]+)\?", asked):
        rows = [row for row in rows if row[0] != found[1]]
    elif found := re.search("colour ([a-z]+)", asked):
        rows = [row for row in rows if row[0] == found[1]]
    if found := re.search("more than ([0-9]+)", asked):
        rows = [row for row in rows if row[1] > int(found[1])]
    points = sorted(row[1] for row in rows)
    if "How many" in asked:
        return len(points)
    return sum(points) if "sum" in asked else points[-1] if "largest" in asked else points[0]


def _dates(problem: Any) -> str:
    target = re.findall("Write as ([a-z/-]+),", problem.prompt())[0]
    target = target.replace("year", "%Y").replace("month", "%m").replace("day", "%d")
    dates: list[str] = []
    for written in problem.prompt().split(": ", 1)[1].split("; "):
        style = "%B %d, %Y" if "," in written else "day %d of %B %Y" if "of" in written else "%d %B %Y"
        dates.append(datetime.strptime(written, style).strftime(target))
    return " ".join(dates)


def _calendar(problem: Any) -> str:
    """With real dates of the year 2024, walking from today outwards."""
    found = re.fullmatch(r"(\w+) \w+ (\w+)\. Which day of the week is (.*) today\?", problem.prompt())
    assert found is not None
    anchor, weekday, moves = found.groups()
    day = next(day for n in range(7) if f"{(day := date(2024, 1, 1) + timedelta(days=n)):%A}" == weekday)
    day += timedelta(days={"Yesterday": 1, "Today": 0, "Tomorrow": -1}[anchor])
    for days, direction in reversed(re.findall("the day (?:([0-9]+) days )?(after|before)", moves)):
        day += timedelta(days=int(days or 1) * (1 if direction == "after" else -1))
    return f"{day:%A}"


def _cut_out(problem: Any) -> str:
    left = list(problem.magazine)
    for letter in problem.note:
        if letter not in left:
            return "no"
        left.remove(letter)
    return "yes"


def _groups(problem: Any) -> list[int]:
    firsts: list[Counter[str]] = []
    for word in problem.words:
        if Counter(word) not in firsts:
            firsts.append(Counter(word))
    return [firsts.index(Counter(word)) + 1 for word in problem.words]


EXAMPLES: dict[str, Example] = {
    "CalendarText": ({"anchor": "Tomorrow is", "weekday": "Friday", "moves": [3, -1]}, "Saturday"),
    "DateFormat": (
        {
            "dates": [[7, 3, 2021], [25, 12, 1999]],
            "styles": ["{day} {name} {year}", "{name} {day}, {year}"],
            "target": "year-month-day",
        },
        "2021-03-07 1999-12-25",
    ),
    "GroupAnagrams": ({"words": ["tea", "ten", "eat", "net", "tee"]}, [1, 2, 1, 2, 3]),
    "LegCounting": ({"counts": {"cows": 3, "hens": 2, "ants": 2}}, 28),
    "PigLatin": ({"words": ["apple", "string", "boat"]}, ["appleway", "ingstray", "oatbay"]),
    "RansomNote": ({"note": "noon", "magazine": "nonnon"}, "yes"),
    "TableQuery": (
        {
            "names": ["Ann", "Ben", "Cem"],
            "colours": ["red", "blue", "red"],
            "points": [5, 7, 20],
            "query": "above",
            "colour": "red",
            "bound": 5,
        },
        1,
    ),
}

SEARCHES: dict[str, Search] = {
    "CalendarText": (_calendar, _itself, range(15)),
    "DateFormat": (_dates, _itself, range(10)),
    "GroupAnagrams": (_groups, _itself, range(20)),
    "LegCounting": (_legs, _itself, range(40)),
    "PigLatin": (_pig_latin, _itself, range(40)),
    "RansomNote": (_cut_out, _itself, range(20)),
    "TableQuery": (_table, _itself, range(20)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "DateFormat": lambda problem, answer: answer.split() == _dates(problem).split(),
}

BEST_FIRST: dict[str, BestFirst] = {
    "DateFormat": lambda problem: [
        problem.solution(),
        " ".join(["?", *problem.solution().split()[1:]]),
        "?",
    ],
    "GroupAnagrams": integers_spoilt,
    "PigLatin": words_spoilt,
}
