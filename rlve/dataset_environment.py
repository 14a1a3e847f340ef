"""A data set as an environment: its rows are the problems, and there is level 0 only.

Model text is data. math-verify reads it as LaTeX by a grammar, never as Python (its reader of plain expressions, which
evaluates, is left out). It can hang, and it grows; so it runs in the problem workers alone, which can be killed.
"""

import json
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Literal, NamedTuple, Self

from environments.answers import AnswerType, Marker
from environments.ladder import Ladder
from environments.problem import EVALUATION_BIT, Problem

PREFIX = "dataset:"

Scoring = Literal["exact", "math"]


def level_of(name: str, level: int) -> int:
    """The level, or 0 where the environment is a data set."""
    return 0 if name.startswith(PREFIX) else level


class Row(NamedTuple):
    """A question and its reference answer. held_out: it is measured and never trained on."""

    question: str
    answer: str
    held_out: bool


class DatasetFile(NamedTuple):
    """All that a process needs in order to ask and score a data set: JSON types, and a file with a JSON row per line.

    version: a digest of the rows, their scoring and the suffix; suffix: asks for the answer, `{marker}` is its place.
    """

    name: str
    file: str
    version: int
    scoring: Scoring
    suffix: str


_NUMBER = re.compile(r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]+)?", re.ASCII)
_RATIO = re.compile(r"[+-]?[0-9]+/0*[1-9][0-9]*", re.ASCII)


def normal(text: str) -> str | Fraction:
    """What `exact` compares: numbers by value, and text but for white space, case, outer $ and a last full stop.

    >>> normal("$1,000.0"), normal("2/4"), normal(" New  York. ")
    (Fraction(1000, 1), Fraction(1, 2), 'new york')
    """
    words = " ".join(text.split()).casefold()
    bare = words.strip("$ ").removesuffix(".").strip("$ ")
    if bare and (_RATIO.fullmatch(bare) or (_NUMBER.fullmatch(bare) and bare[-1].isdigit())):
        return Fraction(bare.replace(",", ""))
    return bare or words


class ExactAnswer(AnswerType[str]):
    """Any text."""

    def hint(self) -> str:
        return "the final answer"

    def parse(self, text: str) -> str | None:
        return text.strip() or None

    def render(self, value: str) -> str:
        return value

    def corrupt(self, value: str, rng: Random) -> list[str]:
        return [f"{value}{rng.randrange(10)}x"]


class MathAnswer(ExactAnswer):
    """Text that math-verify reads as mathematics."""

    max_chars = 1024  # its parser takes about a millisecond per character

    def parse(self, text: str) -> str | None:
        value = super().parse(text)
        return value if value and (isinstance(normal(value), Fraction) or _expressions(value)) else None


@cache
def _math_verify() -> Any:
    import math_verify

    # It warns that its own time limits are off. They are alarms, and cannot end what hangs outside of Python.
    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    return math_verify


@lru_cache(256)
def _expressions(text: str) -> list[Any]:
    """The ways in which math-verify reads an answer, the last of them as plain text; empty where it cannot.

    Raises MemoryError and nothing else: whatever a text does to the parser makes that text unreadable.
    """
    verifier = _math_verify()
    line = " ".join(text.replace("\\$", "").split())
    if line.count("$") % 2:  # a currency's
        line = line.replace("$", "")
    latex = line if "$" in line or "\\boxed" in line or "\\(" in line else f"\\boxed{{{line}}}"
    try:
        return verifier.parse(
            latex,
            [verifier.LatexExtractionConfig(boxed_match_priority=0)],
            parsing_timeout=None,
            raise_on_error=True,
        )
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - sympy and the grammar raise whatever they like
        return []


def _equal(reference: str, answer: str) -> bool:
    """Whether any reading of the answer equals one of the reference, by value where both are expressions."""
    verifier = _math_verify()
    for expected in _expressions(reference):
        for found in _expressions(answer):
            try:
                if verifier.verify(expected, found, timeout_seconds=None, raise_on_error=True):
                    return True
            except MemoryError:
                raise
            except Exception:  # noqa: BLE001 - what cannot be compared is not equal
                continue
    return False


@dataclass(frozen=True)
class DatasetProblem(Problem[str]):
    """A row. Subclasses are made by `environment`, one per data set."""

    answer = ExactAnswer()
    ladder = Ladder()
    suffix: ClassVar[str]
    trained: ClassVar[Sequence[Row]]
    held_out: ClassVar[Sequence[Row]]

    row: Row

    @classmethod
    def draw(cls, difficulty: int, seed: int) -> Self:
        """The row of a seed: of the held-out ones in their order, of the others in an order of each epoch's own.

        Consecutive seeds, which a run draws, take every row once before any a second time.
        """
        if difficulty != 0:
            raise ValueError(f"a data set has level 0 only, got difficulty {difficulty}")
        rows = cls.held_out if seed & EVALUATION_BIT else cls.trained
        if not rows:
            part = "held-out row" if seed & EVALUATION_BIT else "row to train on"
            raise ValueError(f"the data set {cls.__name__} has no {part}")
        epoch, place = divmod(seed & ~EVALUATION_BIT, len(rows))
        return cls(rows[place if seed & EVALUATION_BIT else _order(len(rows), cls.version, epoch)[place]])

    @classmethod
    def generate(cls, rng: Random) -> Self:
        """Any row to train on."""
        return cls(rng.choice(cls.trained))

    @classmethod
    @cache
    def top(cls, prompt_chars: int, limit: int = 0) -> int:  # noqa: ARG003
        return 0

    def prompt(self) -> str:
        return self.row.question

    def request(self, marker: Marker) -> str:
        return self.suffix.replace("{marker}", marker.wrap("..."))

    def solution(self) -> str:
        return self.row.answer

    def verify(self, answer: str) -> float | None:
        if normal(answer) == normal(self.row.answer):
            return 1.0
        return float(isinstance(self.answer, MathAnswer) and _equal(self.row.answer, answer))


@lru_cache(8)
def _order(count: int, version: int, epoch: int) -> list[int]:
    places = list(range(count))
    Random(f"rows|{version}|{epoch}").shuffle(places)
    return places


def environment(dataset: DatasetFile) -> type[DatasetProblem]:
    """The data set as a class of problems."""
    lines = Path(dataset.file).read_text(encoding="utf-8").split("\n")
    rows = [Row(*json.loads(line)) for line in lines if line]
    facts = {
        "__doc__": f"Rows of the data set {dataset.name}.",
        "version": dataset.version,
        "source": f"@{dataset.version}",
        "suffix": dataset.suffix,
        "answer": MathAnswer() if dataset.scoring == "math" else ExactAnswer(),
        "trained": [row for row in rows if not row.held_out],
        "held_out": [row for row in rows if row.held_out],
    }
    return type(dataset.name, (DatasetProblem,), facts)


def warm_up(scoring: Scoring) -> None:
    """Loads what scoring needs, which takes a second, before any job is timed."""
    if scoring == "math" and not _equal("\\frac{1}{2}", "0.5"):
        raise RuntimeError("math-verify finds 0.5 different from \\frac{1}{2}; reinstall math-verify[antlr4_9_3]")
