"""A folder in this node's shared memory that goes with the process that made it."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")


class Scratch:
    """A folder in shared memory, for as long as this process lives; those of processes that are gone are removed."""

    def __init__(self) -> None:
        for folder in SHARED_MEMORY.glob("rlve-cluster-*"):
            if (lock := _locked(folder)) is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(lock)
        while True:
            self.folder = Path(tempfile.mkdtemp(prefix="rlve-cluster-", dir=SHARED_MEMORY))
            lock = _locked(self.folder)
            if lock is not None and self.folder.is_dir():
                break  # else another process took it for abandoned, before it was locked
        self._lock = lock

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _locked(folder: Path) -> int | None:
    """An open file with the folder's lock, which ends with the process; None where another process has it."""
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return None
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(opened)
        return None
    return opened
