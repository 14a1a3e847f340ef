"""What the environments of all other libraries have in common."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from random import Random
from typing import Any, ClassVar, Self

from environments import bridges
from environments.answers import AnswerType
from environments.catalog import EnvironmentNotFound
from environments.ladder import Ladder, linear
from environments.problem import Problem, generate, highest, question


class Unavailable(EnvironmentNotFound):
    """The library is not installed, or its environment is refused; the message says why."""


@dataclass(frozen=True)
class Written(AnswerType[str]):
    """Any text, outer white space ignored: the library reads it."""

    max_chars = 16_384

    def hint(self) -> str:
        return "the final answer alone"

    def parse(self, text: str) -> str | None:
        return text.strip() or None

    def render(self, value: str) -> str:
        return value

    def corrupt(self, value: str, rng: Random) -> list[str]:
        place = rng.randrange(len(value))
        other = "7" if value[place] != "7" else "8"
        wrong = [value[:place] + other + value[place + 1 :], value + "x", value[::-1]]
        return [candidate for candidate in wrong if candidate != value]


@dataclass(frozen=True)
class Bridged(Problem[str]):
    """A problem of another library, which is made again from its level and seed wherever it is needed.

    What the library makes of them stays outside of the fields: it need not survive JSON. Subclasses are made by `load`.
    """

    answer = Written()
    ladder = Ladder(level=linear(0))
    name: ClassVar[str]  # in the library

    level: int
    seed: int  # 32 bits: NumPy's generators, which some of the problems are drawn from, take no more

    @classmethod
    def generate(cls, rng: Random, level: int) -> Self:
        return cls(level, rng.getrandbits(32))

    @classmethod
    @cache
    def top(cls, prompt_chars: int, limit: int = 64) -> int:
        """The highest level, at most `limit`, whose questions and solutions are short enough."""

        def fits(level: int) -> bool:
            problems = [generate(cls, level, seed) for seed in range(3)]
            return all(
                len(question(problem)) <= prompt_chars and len(problem.solution()) <= cls.answer.max_chars
                for problem in problems
            )

        return highest(fits, limit)

    def __reduce__(self) -> tuple[Any, ...]:
        return _remade, (type(self).__name__, self.level, self.seed)


def _remade(full_name: str, level: int, seed: int) -> Problem[Any]:
    environment: Any = bridges.load(full_name)
    return environment(level, seed)


def require(package: str, tested: str, extra: str, name: str) -> None:
    """Unavailable unless the package is installed in the version that this bridge was measured with."""
    try:
        found = version(package)
    except PackageNotFoundError:
        found = None
    if found != tested:
        what = "is not installed" if found is None else f"is installed as {found}"
        raise Unavailable(f"{name} needs {package} {tested}, which {what}: pip install 'rlve[{extra}]'")


def require_offered(full_name: str, offered: Collection[str], refused: Mapping[str, str]) -> None:
    """Unavailable, with the reason or the nearest names, where the library's environment cannot be had."""
    prefix, _, name = full_name.partition(":")
    if name in refused:
        raise Unavailable(f"{full_name} is refused: {refused[name]}")
    if name not in offered:
        by_lower = {known.lower(): known for known in sorted(offered)}
        near = [f"{prefix}:{by_lower[match]}" for match in get_close_matches(name.lower(), by_lower, n=3, cutoff=0.0)]
        raise Unavailable(f"there is no environment {full_name!r}; the nearest are {', '.join(near)}")


def subclass(base: type[Bridged], full_name: str, version_number: int, **facts: Any) -> type[Bridged]:
    """A class of its own for one environment of a library, whose class name is `prefix:name`."""
    own = {"name": full_name.partition(":")[2], "version": version_number, "__module__": base.__module__}
    return type(full_name, (base,), own | facts)
