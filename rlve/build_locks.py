"""Locks of torch's extension builds whose builder was killed: whoever needs the operator would wait for ever."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path


def folder(environment: Mapping[str, str]) -> Path:
    """Where torch builds extensions."""
    named = environment.get("TORCH_EXTENSIONS_DIR")
    return Path(named) if named else Path.home() / ".cache" / "torch_extensions"


def ages(root: Path) -> dict[Path, float]:
    """The locks below root and how old each is, seconds."""
    found = {lock: _identity(lock) for lock in sorted(root.rglob("lock"))}
    return {lock: time.time() - identity[2] / 1e9 for lock, identity in found.items() if identity is not None}


def clear_abandoned(root: Path) -> list[Path]:
    """Removes the locks below root that no process holds open, as a builder does until its build ends. Which ones.

    Only a process that this one may look into counts: a build of another user in the same folder, which torch does not
    foresee, would lose its lock.
    """
    locks = {lock: _identity(lock) for lock in sorted(root.rglob("lock"))}
    if not locks:
        return []
    held = set(_open_files())
    removed: list[Path] = []
    for lock, identity in locks.items():
        # Another rank may have cleared it and begun a build of its own meanwhile.
        if identity is not None and identity not in held and _identity(lock) == identity:
            lock.unlink(missing_ok=True)
            removed.append(lock)
    return removed


def _identity(path: Path) -> tuple[int, int, int] | None:
    with suppress(FileNotFoundError):
        found = path.stat()
        return found.st_dev, found.st_ino, found.st_mtime_ns
    return None


def _open_files() -> Iterator[tuple[int, int, int]]:
    """Of every process that may be looked into."""
    for descriptors in Path("/proc").glob("[0-9]*/fd"):
        with suppress(OSError):
            for descriptor in descriptors.iterdir():
                identity = _identity(descriptor)
                if identity is not None:
                    yield identity
