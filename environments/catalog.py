"""The folder is the registry: an environment is found by its class name, its family or its file."""

import importlib
import importlib.util
import re
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from hashlib import blake2b
from inspect import isabstract
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from environments import bridges, held_out
from environments.problem import Problem

_FOLDER = Path(__file__).parent
_CLASS = re.compile(r"^class (\w+)\((?:Problem|Session)\b", re.MULTILINE)
_BRIDGES = "bridges"  # the folder that leads to other libraries: it has no environments of its own
_MODULE = "_environment_"  # of a file that is no part of the package

_ADDED: dict[str, type[Problem[Any]]] = {}  # what `add` was given, by name


class EnvironmentNotFound(ValueError):
    """No environment has this name; the message offers the nearest ones."""


@cache
def _modules() -> dict[str, str]:
    """Environment name → module, read from the files without importing them."""
    found: dict[str, str] = {}
    for path in sorted(_FOLDER.glob("*/*.py")):
        if path.parent.name == _BRIDGES:
            continue
        for name in _CLASS.findall(path.read_text(encoding="utf-8")):
            found[name] = f"environments.{path.parent.name}.{path.stem}"
    return dict(sorted(found.items()))


def names() -> list[str]:
    """Every environment in the folder, sorted."""
    return list(_modules())


def families() -> dict[str, list[str]]:
    """Family (folder) → environments."""
    found: dict[str, list[str]] = {}
    for name, module in _modules().items():
        found.setdefault(module.split(".")[1], []).append(name)
    return dict(sorted(found.items()))


def add(name: str, environment: type[Problem[Any]]) -> None:
    """From here on `load` knows, in this process, an environment that a program has made, such as `dataset:mine`."""
    _ADDED[name] = environment


def load(name: str) -> type[Problem[Any]]:
    """The environment of this name, of `file.py:ClassName`, of another library (`rg:gcd`), or one that was added."""
    return _ADDED[name] if name in _ADDED else _found(name)


@cache
def _found(name: str) -> type[Problem[Any]]:
    if ".py:" in name:
        return _load_file(*name.rsplit(":", 1))
    if bridges.prefix(name):
        return bridges.load(name)
    if name not in _modules():
        raise _not_found(name)
    environment: type[Problem[Any]] = getattr(importlib.import_module(_modules()[name]), name)
    return environment


def resolve(wanted: Iterable[str]) -> list[str]:
    """Names, families, `all`, patterns such as `*_Counting`, `file.py:Class` and `rg:gcd`, as names without repeats.

    Held-out environments are meant by their exact names and by `held_out` only.
    """
    found: dict[str, None] = {}
    for entry in wanted:
        if ".py:" in entry:
            path, name = entry.rsplit(":", 1)
            spec = f"{Path(path).expanduser().resolve()}:{name}"
            load(spec)
            matches = [spec]
        elif bridges.prefix(entry):
            matches = bridges.matching(entry)
        elif entry == "held_out":
            matches = [name for name in names() if name in held_out.NAMES]
        else:
            matches = [entry] if entry in _modules() else [name for name in matching(entry) if not is_held_out(name)]
        if not matches:
            raise _not_found(entry)
        found.update(dict.fromkeys(matches))
    return list(found)


def matching(entry: str) -> list[str]:
    """What a family, a pattern or `all` stands for, with the held-out environments."""
    if entry == "all":
        return names()
    return families().get(entry) or [name for name in names() if fnmatchcase(name, entry)]


def is_held_out(name: str) -> bool:
    """Whether runs leave this environment to evaluation unless they name it."""
    return name in held_out.NAMES


def short_name(name: str) -> str:
    """How an environment is called in metrics and tables: the class name, also of one loaded from a file.

    Those of other libraries keep their prefix, since they may be called as ours are.
    """
    return name if bridges.prefix(name) else name.rsplit(":", 1)[-1]


def _not_found(name: str) -> EnvironmentNotFound:
    by_lower = {known.lower(): known for known in (*names(), *families())}
    near = [by_lower[match] for match in get_close_matches(name.lower(), by_lower, n=3, cutoff=0.0)]
    return EnvironmentNotFound(
        f"there is no environment {name!r}; the nearest are {', '.join(near)}. "
        "`rlve envs list` shows all; a file of your own is named as path/to/file.py:ClassName"
    )


def in_file(path: str) -> list[str]:
    """The environments that a file defines, as `path:ClassName`, in the order of the file."""
    file, module = _load_module(path)
    kinds = [cast(type[object], kind) for kind in vars(module).values() if isinstance(kind, type)]
    own = [kind for kind in kinds if kind.__module__ == module.__name__ and not isabstract(kind)]
    found = dict.fromkeys(kind.__name__ for kind in own if issubclass(kind, Problem))
    if not found:
        raise EnvironmentNotFound(f"{file} holds no class that derives from environments.Problem")
    return [f"{file}:{name}" for name in found]


def _load_file(path: str, name: str) -> type[Problem[Any]]:
    file, module = _load_module(path)
    environment = getattr(module, name, None)
    if not (isinstance(environment, type) and issubclass(environment, Problem)):
        raise EnvironmentNotFound(f"{file} holds no class {name} that derives from environments.Problem")
    loaded = cast(type[Problem[Any]], environment)
    loaded.source = f"@{module.__name__.removeprefix(_MODULE)}"
    return loaded


def _load_module(path: str) -> tuple[Path, ModuleType]:
    """The file and its module, whose name ends with a digest of the content."""
    file = Path(path).expanduser().resolve()
    if not file.is_file():
        raise EnvironmentNotFound(f"the environment file {file} does not exist")
    module_name = _MODULE + blake2b(file.read_bytes(), digest_size=8).hexdigest()
    module = sys.modules.get(module_name)
    if module is None:
        spec = importlib.util.spec_from_file_location(module_name, file)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module  # dataclasses look their module up here
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[module_name]
            raise
    return file, module
