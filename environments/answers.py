"""What an answer looks like: the sentence that asks for it, the parser that reads it, wrong ones for tests.

Model text is data: bounded before it is parsed, never evaluated, ASCII numbers only.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Generic, TypeVar

A = TypeVar("A")

NUMBER_LIMIT = 4000  # digits; CPython refuses int(text) from 4,300 on
_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}", re.ASCII)
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3}){1,1000}", re.ASCII)


@dataclass(frozen=True)
class Marker:
    """The pair of strings around the final answer; `balanced` counts braces in between, as \\boxed{…} needs."""

    opening: str
    closing: str
    balanced: bool = False

    def sentence(self, hint: str) -> str:
        return f"Answer with {hint}, as {self.wrap('...')}"

    def wrap(self, text: str) -> str:
        return f"{self.opening}{text}{self.closing}"

    def extract(self, text: str) -> str | None:
        """The inside of the last complete marker; linear in the text, whatever it holds."""
        if self.balanced:
            return self._extract_balanced(text)
        end = text.rfind(self.closing)
        start = text.rfind(self.opening, 0, end) if end >= 0 else -1
        if start < 0:
            return None
        start += len(self.opening)
        return text[start : text.find(self.closing, start)]

    def _extract_balanced(self, text: str) -> str | None:
        limit = len(text)
        start = text.rfind(self.opening)
        while start >= 0:
            depth, place = 1, start + len(self.opening)
            while (end := text.find("}", place, limit)) >= 0:
                depth += text.count("{", place, end) - 1
                if depth == 0:
                    return text[start + len(self.opening) : end]
                place = end + 1
            # The braces from here on do not close; an earlier marker has to close before this one.
            limit, start = start, text.rfind(self.opening, 0, start)
        return None


TAGS = Marker("<answer>", "</answer>")
BOXED = Marker("\\boxed{", "}", balanced=True)
MARKERS = {"tags": TAGS, "boxed": BOXED}


class AnswerType(ABC, Generic[A]):
    """Asks for an answer, reads it, writes it, and makes wrong ones for the contract tests."""

    max_chars = 4096  # longer answers are `too_long` before any parsing

    @abstractmethod
    def hint(self) -> str:
        """Completes "Answer with …"."""

    @abstractmethod
    def parse(self, text: str) -> A | None:
        """The value, or None where the text is not of this form. Never raises."""

    @abstractmethod
    def render(self, value: A) -> str:
        """Text that `parse` reads back as the same value."""

    @abstractmethod
    def corrupt(self, value: A, rng: Random) -> list[A]:
        """Values of this form that differ from `value`."""


def _integer(text: str) -> int | None:
    text = text.strip().strip("$").strip()
    text = text[:-1] if text.endswith(".") else text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _GROUPED.fullmatch(text) and len(text) <= NUMBER_LIMIT:
        return int(text.replace(",", ""))
    return None


@dataclass(frozen=True)
class Integer(AnswerType[int]):
    """One integer: 42, -7, 1,024 or $42$."""

    def hint(self) -> str:
        return "one integer"

    def parse(self, text: str) -> int | None:
        return _integer(text)

    def render(self, value: int) -> str:
        return str(value)

    def corrupt(self, value: int, rng: Random) -> list[int]:
        return [value + 1, value - 1, -value if value else 7, value * 10 + rng.randrange(1, 10)]


@dataclass(frozen=True)
class Integers(AnswerType[list[int]]):
    """Integers separated by spaces or commas; brackets around them are allowed."""

    def hint(self) -> str:
        return "integers separated by spaces"

    def parse(self, text: str) -> list[int] | None:
        text = text.strip().strip("$").strip()
        if text[:1] + text[-1:] in ("[]", "()"):
            text = text[1:-1]
        values: list[int] = []
        for word in text.replace(",", " ").split():
            if not _INTEGER.fullmatch(word):
                return None
            values.append(int(word))
        return values

    def render(self, value: Sequence[int]) -> str:
        return " ".join(map(str, value))

    def corrupt(self, value: Sequence[int], rng: Random) -> list[list[int]]:
        values = list(value)
        wrong = [[*values, values[-1] if values else 0], values[:-1], [entry + 1 for entry in values]]
        if values:
            place = rng.randrange(len(values))
            wrong.append([*values[:place], values[place] + 1, *values[place + 1 :]])
        if len(set(values)) > 1:
            first = values[0]
            other = next(place for place, entry in enumerate(values) if entry != first)
            swapped = list(values)
            swapped[0], swapped[other] = swapped[other], first
            wrong.append(swapped)
        return [candidate for candidate in wrong if candidate != values]


@dataclass(frozen=True)
class Letters(AnswerType[str]):
    """Characters of an alphabet, written apart: "k a b". Written together they are read too."""

    alphabet: str = "abcdefghijklmnopqrstuvwxyz"
    noun: str = "letters"

    def hint(self) -> str:
        return f"{self.noun} separated by spaces"

    def parse(self, text: str) -> str | None:
        value = "".join(text.split())
        return value if value and all(char in self.alphabet for char in value) else None

    def render(self, value: str) -> str:
        return " ".join(value)

    def corrupt(self, value: str, rng: Random) -> list[str]:
        place = rng.randrange(len(value))
        other = rng.choice([char for char in self.alphabet if char != value[place]])
        wrong = [value + value[-1], value[:place] + other + value[place + 1 :], value[::-1], value[:-1]]
        return [candidate for candidate in wrong if candidate and candidate != value]


@dataclass(frozen=True)
class Text(AnswerType[str]):
    """Printable ASCII text, outer white space ignored."""

    noun: str = "text"

    def hint(self) -> str:
        return f"the {self.noun}"

    def parse(self, text: str) -> str | None:
        value = text.strip()
        return value if value and value.isascii() and value.isprintable() else None

    def render(self, value: str) -> str:
        return value

    def corrupt(self, value: str, rng: Random) -> list[str]:
        place = rng.randrange(len(value))
        other = "a" if value[place] != "a" else "b"
        wrong = [value + "x", value[:place] + other + value[place + 1 :], value[::-1]]
        return [candidate for candidate in wrong if candidate != value]


@dataclass(frozen=True)
class Choice(AnswerType[str]):
    """One of a few words; case is ignored."""

    options: tuple[str, ...]

    def hint(self) -> str:
        return " or ".join([", ".join(self.options[:-1]), self.options[-1]])

    def parse(self, text: str) -> str | None:
        found = text.strip().strip(".").lower()
        return next((option for option in self.options if option.lower() == found), None)

    def render(self, value: str) -> str:
        return value

    def corrupt(self, value: str, rng: Random) -> list[str]:
        return [option for option in self.options if option != value]
