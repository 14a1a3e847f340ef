"""A problem and what can be done with it: ask it, solve it, verify an answer to it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from random import Random
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

from environments.answers import TAGS, AnswerType, Marker
from environments.ladder import Ladder

A = TypeVar("A")
P = TypeVar("P", bound="Problem[Any]")

EVALUATION_BIT = 1 << 63  # set in every evaluation seed and in no training seed

VerdictError = Literal["none", "unreadable", "too_long", "breaks_rules", "timeout", "crash"]
OUTCOMES = ("correct", "wrong", "unreadable", "too_long", "breaks_rules", "timeout", "crash")


@dataclass(frozen=True, slots=True)
class Verdict:
    """score: 1.0 correct, [0, 0.5] otherwise. correct is exact, never a threshold on the score."""

    score: float
    correct: bool
    error: VerdictError = "none"

    @property
    def outcome(self) -> str:
        """One of OUTCOMES."""
        if self.error != "none":
            return self.error
        return "correct" if self.correct else "wrong"


class Problem(ABC, Generic[A]):
    """One problem of an environment. Subclasses are frozen dataclasses: the fields are the problem.

    The class name and the file are the registration. Fields hold JSON types only (int, str, bool, list, dict with
    string keys), so that a problem survives a round trip through JSON.
    """

    answer: ClassVar[AnswerType[Any]]
    ladder: ClassVar[Ladder]
    version: ClassVar[int] = 1  # raise it when `generate` changes: another version is another stream of problems
    guessable: ClassVar[str] = ""  # where a constant answer does well: the measured rate and why it cannot be helped
    source: ClassVar[str] = ""  # a digest of the file's content, for environments loaded from a path

    @classmethod
    @abstractmethod
    def generate(cls, rng: Random, *args: Any, **size: Any) -> Self:
        """Draws a problem from `rng` alone; `size` are the ladder's values."""

    @abstractmethod
    def prompt(self) -> str:
        """The question, without answer format or marker."""

    @abstractmethod
    def solution(self) -> A:
        """An answer that `verify` finds correct."""

    def verify(self, answer: A) -> float | None:
        """1.0 correct, [0, 0.5] partial credit, None where the answer breaks the rules."""
        return 1.0 if answer == self.solution() else 0.0

    def request(self, marker: Marker) -> str:
        """The sentence after the question that asks for the answer's format and its marker."""
        return marker.sentence(self.answer.hint())

    @classmethod
    def draw(cls, difficulty: int, seed: int) -> Self:
        """The problem that (environment, version, difficulty, seed) names: the same on every machine."""
        key = f"{cls.__name__}{cls.source}|{cls.version}|{difficulty}|{seed}"
        rng = Random(int.from_bytes(blake2b(key.encode(), digest_size=8).digest()))
        return cls.generate(rng, **cls.ladder(difficulty))

    @classmethod
    @cache
    def top(cls, prompt_chars: int, limit: int = 64) -> int:
        """The highest level, at most `limit`, whose questions stay within `prompt_chars` characters."""
        return highest(
            lambda level: max(len(question(generate(cls, level, seed))) for seed in range(3)) <= prompt_chars, limit
        )


def highest(fits: Callable[[int], bool], limit: int) -> int:
    """The level up to which all levels fit, at most `limit`; found from below, since high levels are costly to try."""
    low, high = 0, 1
    while low < limit and fits(high):
        low, high = high, min(2 * high, limit)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def generate(environment: type[P], difficulty: int, seed: int) -> P:
    """The problem that (environment, version, difficulty, seed) names: the same on every machine."""
    return environment.draw(difficulty, seed)


def question(problem: Problem[Any], marker: Marker = TAGS) -> str:
    """The whole text that a model is asked: the prompt, the answer's format and its marker."""
    return f"{problem.prompt()}\n{problem.request(marker)}"


def read(problem: Problem[Any], text: str, marker: Marker = TAGS) -> tuple[Any, VerdictError]:
    """The answer in a completion's text, or None and why there is none to verify."""
    extracted = marker.extract(text)
    if extracted is None:
        return None, "unreadable"
    if len(extracted) > problem.answer.max_chars:
        return None, "too_long"
    value = problem.answer.parse(extracted)
    return value, "unreadable" if value is None else "none"


def scored(problem: Problem[Any], score: float | None) -> Verdict:
    """The verdict of a score as `verify` returns it; ValueError for any other."""
    if score is None:
        return Verdict(0.0, False, "breaks_rules")
    if not (score == 1.0 or 0.0 <= score <= 0.5):
        raise ValueError(f"{type(problem).__name__}.verify must return 1.0, a score in [0, 0.5] or None, got {score!r}")
    return Verdict(float(score), score == 1.0)


def judge(problem: Problem[Any], text: str, marker: Marker = TAGS) -> Verdict:
    """The verdict on a completion's text. Raises only where the environment itself is at fault."""
    value, error = read(problem, text, marker)
    return Verdict(0.0, False, error) if error != "none" else scored(problem, problem.verify(value))
