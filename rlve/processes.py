"""What this process and those it started leave behind, read from /proc and from shared memory."""

import fcntl
import os
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")


def descendants() -> set[int]:
    """Living children of this process, and theirs."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        if (parent := _parent(int(folder.name))) is not None:
            children.setdefault(parent, []).append(int(folder.name))
    found: set[int] = set()
    waiting = [os.getpid()]
    while waiting:
        for child in children.get(waiting.pop(), []):
            found.add(child)
            waiting.append(child)
    return found


def alive(pid: int) -> bool:
    return _parent(pid) is not None


def command(pid: int) -> str:
    """Its command line, shortened."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return "(gone)"
    return " ".join(words).strip()[:60]


def abandoned_folders() -> set[Path]:
    """Folders of weights in shared memory whose process is gone: a living one holds a lock on its own."""
    return {folder for folder in SHARED_MEMORY.glob("rlve-cluster-*") if not _locked(folder)}


def _parent(pid: int) -> int | None:
    """None for a process that is gone or a zombie."""
    try:
        state, parent = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
    except OSError:
        return None
    return None if state in ("Z", "X") else int(parent)


def _locked(folder: Path) -> bool:
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return True
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(opened)
    return False
