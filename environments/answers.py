"""What an answer looks like: the sentence that asks for it, the parser that reads it, wrong ones for tests.

Model text is data: bounded before it is parsed, never evaluated, ASCII numbers only.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Generic, TypeVar

from environments import formula

A = TypeVar("A")

NUMBER_LIMIT = 4000  # digits; CPython refuses int(text) from 4,300 on
_INTEGER = re.compile(r"[+-]?[0-9]{1,4000}", re.ASCII)
_RATIO = re.compile(
    r"(?P<whole>[+-]?[0-9]{1,1000})(?:/(?P<below>[0-9]{1,1000})|\.(?P<decimals>[0-9]{1,1000}))?", re.ASCII
)
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
class Rational(AnswerType[Fraction]):
    """A fraction or a decimal number, exactly: 3/4, -7, 0.75, $3/4$. Unreduced fractions are read too."""

    def hint(self) -> str:
        return "an integer or a fraction p/q"

    def parse(self, text: str) -> Fraction | None:
        found = _RATIO.fullmatch(text.strip().strip("$").strip().replace(" / ", "/"))
        if not found:
            return None
        whole, below, decimals = found["whole"], found["below"] or "1", found["decimals"] or ""
        return Fraction(int(whole + decimals), int(below) * 10 ** len(decimals)) if int(below) else None

    def render(self, value: Fraction) -> str:
        return str(value)

    def corrupt(self, value: Fraction, rng: Random) -> list[Fraction]:
        near = Fraction(value.numerator + 1, value.denominator)
        return [near, value + rng.randint(1, 9), -value if value else Fraction(7), value + Fraction(1, 1000)]


@dataclass(frozen=True)
class Decimal(Rational):
    """A number with decimal places, exactly: 0.75, -3, .5 is refused. Fractions are read too."""

    def hint(self) -> str:
        return "a decimal number"

    def render(self, value: Fraction) -> str:
        places = value.denominator.bit_length()
        if 10**places % value.denominator:
            return str(value)  # no decimal number is this one
        digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
        decimals = digits[-places:].rstrip("0")
        return f"{'-' if value < 0 else ''}{digits[:-places]}{'.' if decimals else ''}{decimals}"


@dataclass(frozen=True)
class Rows(AnswerType[list[list[int]]]):
    """Rows of integers separated by commas, or one on each line: 1 2, 3 4. Pairs and matrices."""

    noun: str = "rows"

    def hint(self) -> str:
        return f"{self.noun} of integers separated by commas"

    def parse(self, text: str) -> list[list[int]] | None:
        rows: list[list[int]] = []
        for line in text.strip().strip("$").replace(",", "\n").replace(";", "\n").splitlines():
            words = line.split()
            if not all(_INTEGER.fullmatch(word) for word in words):
                return None
            if words:
                rows.append([int(word) for word in words])
        return rows

    def render(self, value: Sequence[Sequence[int]]) -> str:
        return ", ".join(" ".join(map(str, row)) for row in value)

    def corrupt(self, value: Sequence[Sequence[int]], rng: Random) -> list[list[list[int]]]:
        rows = [list(row) for row in value]
        wrong = [rows[:-1], [*rows, rows[-1] if rows else [0]], rows[::-1]]
        if rows:
            row = rng.randrange(len(rows))
            column = rng.randrange(len(rows[row]))
            changed = [list(other) for other in rows]
            changed[row][column] += 1
            wrong.append(changed)
        return [candidate for candidate in wrong if candidate != rows]


@dataclass(frozen=True)
class Grid(AnswerType[list[str]]):
    """Rows of characters separated by commas, or one on each line: 01, 10. White space in a row is ignored."""

    alphabet: str = "01"

    def hint(self) -> str:
        return f"rows of {', '.join(self.alphabet[:-1])} or {self.alphabet[-1]} separated by commas"

    def parse(self, text: str) -> list[str] | None:
        rows: list[str] = []
        for line in text.replace(",", "\n").replace(";", "\n").splitlines():
            row = "".join(line.split())
            if any(char not in self.alphabet for char in row):
                return None
            if row:
                rows.append(row)
        return rows or None

    def render(self, value: Sequence[str]) -> str:
        return ", ".join(value)

    def corrupt(self, value: Sequence[str], rng: Random) -> list[list[str]]:
        rows = list(value)
        row = rng.randrange(len(rows))
        place = rng.randrange(len(rows[row]))
        other = rng.choice([char for char in self.alphabet if char != rows[row][place]])
        changed = rows[row][:place] + other + rows[row][place + 1 :]
        wrong = [rows[:-1], [*rows, rows[-1]], rows[::-1], [*rows[:row], changed, *rows[row + 1 :]]]
        return [candidate for candidate in wrong if candidate and candidate != rows]


@dataclass(frozen=True)
class Words(AnswerType[list[str]]):
    """Words of letters and digits separated by spaces or commas; case counts."""

    noun: str = "words"

    def hint(self) -> str:
        return f"{self.noun} separated by spaces"

    def parse(self, text: str) -> list[str] | None:
        words = text.replace(",", " ").split()
        return words if words and all(word.isascii() and word.isalnum() for word in words) else None

    def render(self, value: Sequence[str]) -> str:
        return " ".join(value)

    def corrupt(self, value: Sequence[str], rng: Random) -> list[list[str]]:
        words = list(value)
        place = rng.randrange(len(words))
        wrong = [
            words[:-1],
            [*words, words[-1]],
            words[::-1],
            [*words[:place], words[place] + "x", *words[place + 1 :]],
        ]
        return [candidate for candidate in wrong if candidate and candidate != words]


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
class Expression(AnswerType[str]):
    """A formula of numbers, + - * / and brackets, such as 3*(4+5); white space in it is dropped."""

    def hint(self) -> str:
        return "a formula"

    def parse(self, text: str) -> str | None:
        text = text.strip().strip("$")
        return "".join(text.split()) if formula.postfix(text) is not None else None

    def render(self, value: str) -> str:
        return value

    def corrupt(self, value: str, rng: Random) -> list[str]:
        number = rng.choice(list(re.finditer("[0-9]+", value)))
        wrong = [f"{value}+1", value[: number.start()] + str(int(number[0]) + 1) + value[number.end() :]]
        places = [place for place, char in enumerate(value) if char in "+-*/"]
        if places:
            place = rng.choice(places)
            wrong += [value[:place] + other + value[place + 1 :] for other in "+-*/" if other != value[place]]
        return wrong


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
