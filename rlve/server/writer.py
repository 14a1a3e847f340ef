"""The one thread that writes: whatever waits together is committed together, and answered after the COMMIT.

One fsync then serves many callers, and a check followed by a write needs no lock: nobody writes in between.
"""

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError

log = logging.getLogger(__name__)

GROUP_LIMIT = 512
"""Writes in one transaction: enough to spread an fsync thin, few enough that the first does not wait long."""


class StoreError(RuntimeError):
    """What the store refuses or cannot do. A write raises it only before it has changed anything."""


class Conflict(StoreError):
    """Another row has the key already."""


class Unavailable(StoreError):
    """The database cannot be reached or cannot write now: locked, full, gone. Nothing is wrong with the request."""


Step: TypeAlias = Callable[[Connection, list[Any]], Sequence[Any]]
"""Writes several items at once and returns an outcome for each; one that is a StoreError is raised to its caller.

A step may run again after a rollback, so it must work from the database alone.
"""


class _Entry:
    __slots__ = ("answer", "item", "outcome", "step")

    def __init__(self, step: Step, item: Any, answer: asyncio.Future[Any]) -> None:
        self.step = step
        self.item = item
        self.answer = answer
        self.outcome: Any = None


class Writer:
    """Before `write` returns, its item is committed. Items of one step that wait together run in one call of it.

    A caller that needs one write to follow another awaits the first.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._loop = asyncio.get_running_loop()
        self._waiting: queue.SimpleQueue[_Entry | None] = queue.SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, step: Step, item: Any) -> Any:
        if self._closed:
            raise StoreError("the store is closed; open it again before writing")
        entry = _Entry(step, item, self._loop.create_future())
        self._waiting.put(entry)
        return await entry.answer

    async def close(self) -> None:
        """Commits what waits, then ends the thread."""
        if not self._closed:
            self._closed = True
            self._waiting.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        last = False
        while not last:
            group: list[_Entry] = []
            entry = self._waiting.get()
            while entry is not None:
                group.append(entry)
                if len(group) == GROUP_LIMIT:
                    break
                try:
                    entry = self._waiting.get_nowait()
                except queue.Empty:
                    break
            last = entry is None
            self._commit(group)
            try:
                self._loop.call_soon_threadsafe(_answer, group)
            except RuntimeError:
                log.warning("the event loop closed before the store: %d writes committed, unanswered", len(group))

    def _commit(self, group: list[_Entry]) -> None:
        """One transaction; if that fails, one each, so that a bad write fails nobody else."""
        error = self._transact(group)
        if error is None:
            return
        failures = 0
        for entry in group:
            # Two failures of the database in a row: it is not the write's fault, and the rest need not wait to see it.
            if failures < 2 and len(group) > 1:
                error = self._transact([entry])
                failures = failures + 1 if isinstance(error, Unavailable) else 0
            if error is not None:
                entry.outcome = error

    def _transact(self, group: list[_Entry]) -> BaseException | None:
        steps: dict[Step, list[_Entry]] = {}
        for entry in group:
            steps.setdefault(entry.step, []).append(entry)
        try:
            with self._engine.begin() as connection:
                for step, entries in steps.items():
                    outcomes = step(connection, [entry.item for entry in entries])
                    for entry, outcome in zip(entries, outcomes, strict=True):
                        entry.outcome = outcome
        except Exception as error:  # noqa: BLE001 - handed to the caller; the thread must outlive every write
            return named(error)
        return None


def named(error: Exception) -> Exception:
    """The driver's error in the store's words; what is not one of the driver's stays as it is."""
    if isinstance(error, IntegrityError):
        found: Exception = Conflict(f"expected a new key, but the database refused it: {error.orig}")
    elif isinstance(error, OperationalError | InterfaceError):
        found = Unavailable(f"the database cannot do this now: {error.orig}")
    else:
        return error
    found.__cause__ = error
    return found


def _answer(group: list[_Entry]) -> None:
    for entry in group:
        if entry.answer.done():  # its caller was cancelled
            continue
        if isinstance(entry.outcome, BaseException):
            entry.answer.set_exception(entry.outcome)
        else:
            entry.answer.set_result(entry.outcome)
