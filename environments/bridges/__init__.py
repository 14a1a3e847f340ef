"""Environments of other libraries, by a prefix of their names: `rg:gcd`, `rlve_gym:Sorting`.

Nothing of a library is imported before one of its problems is made. That belongs in the problem workers, which can be
ended: another library's verifier may hang, raise, or change global random state.
"""

import importlib
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, Protocol, cast

from environments.problem import Problem

_MODULES = {"rg": "environments.bridges.reasoning_gym", "rlve_gym": "environments.bridges.rlve_gym"}


class Library(Protocol):
    """What a module of this package has."""

    def load(self, name: str) -> type[Problem[Any]]:
        """The environment, by its name without the prefix. Raises Unavailable."""
        ...

    def offered(self) -> list[str]:
        """The names that `load` accepts, without the prefix, sorted. Raises Unavailable."""
        ...


def prefix(name: str) -> str | None:
    """`rg` of `rg:gcd`; None where a name means no other library."""
    found, colon, _ = name.partition(":")
    return found if colon and found in _MODULES else None


@cache
def load(name: str) -> type[Problem[Any]]:
    """The environment that `prefix:name` means."""
    return _library(name).load(name.partition(":")[2])


def matching(entry: str) -> list[str]:
    """`rg:gcd` itself, or the names that a pattern such as `rg:*` stands for, with their prefix."""
    found, _, wanted = entry.partition(":")
    if not any(sign in wanted for sign in "*?["):
        load(entry)
        return [entry]
    return [f"{found}:{name}" for name in _library(entry).offered() if fnmatchcase(name, wanted)]


def _library(name: str) -> Library:
    return cast(Library, importlib.import_module(_MODULES[name.partition(":")[0]]))
