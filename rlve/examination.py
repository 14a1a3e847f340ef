"""Lines of an examination, one after the other, each within a deadline: a hang is a finding, and says where."""

import asyncio
import os
import shutil
import sys
import threading
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rlve.policy import SyncError, WorkerDied
from rlve.promises import BrokenPromise

PACKAGE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Line:
    """FAIL: what is promised does not hold; skip: it does not apply here; not run: an earlier line took its ground."""

    subject: str
    state: Literal["ok", "FAIL", "skip", "not run"]
    found: str
    remedy: str = ""
    seconds: float = 0.0


class Skip(Exception):
    """A line does not apply; the message says why."""


class Fault(Exception):
    """A line found what must not be."""


class Examination:
    """Lines as they end. What leaves nothing to examine makes those after it `not run`."""

    def __init__(
        self, timeout_seconds: float, report: Callable[[list[Line]], None], grace_seconds: float = 15.0
    ) -> None:
        """report: told of all lines so far whenever one has ended, so that nothing is lost where the process is.

        grace_seconds: what a line may take beyond its deadline to let go of what it waits for.
        """
        self.timeout_seconds, self.report, self.grace_seconds = timeout_seconds, report, grace_seconds
        self.lines: list[Line] = []
        self.ended = ""
        self.scratch: Path | None = None

    async def line(
        self, subject: str, work: Callable[[], Awaitable[str]], remedy: str, vital: bool = False, always: bool = False
    ) -> None:
        """One line. vital: none can follow its failure; always: it runs whatever has failed."""
        if self.ended and not always:
            self._keep(Line(subject, "not run", self.ended))
            return
        started = time.perf_counter()
        task = asyncio.ensure_future(work())
        # Later than `_late`, which needs the event loop.
        last = self.timeout_seconds + 2 * self.grace_seconds
        watch = threading.Timer(last, self._blocked, [subject, remedy])
        watch.daemon = True
        watch.start()
        try:
            done, _ = await asyncio.wait({task}, timeout=self.timeout_seconds)
            found = self._outcome(subject, task, remedy) if done else await self._late(subject, task, remedy)
        finally:
            watch.cancel()
        if found.state == "FAIL" and vital:
            self.ended = f"after {subject!r} there is nothing to examine"
        self._keep(replace(found, seconds=time.perf_counter() - started))

    def _outcome(self, subject: str, task: "asyncio.Future[str]", remedy: str) -> Line:
        error = task.exception()
        match error:
            case None:
                return Line(subject, "ok", task.result())
            case Skip():
                return Line(subject, "skip", str(error))
            case BrokenPromise():
                return Line(subject, "FAIL", f"expected {error.expected}; found {error.found}", error.remedy)
            case Fault():
                return Line(subject, "FAIL", str(error), remedy)
            case Exception():
                if isinstance(error, SyncError | WorkerDied):
                    self.ended = f"{subject!r} left a policy that cannot go on"
                return Line(subject, "FAIL", f"{type(error).__name__}: {error}", remedy)
            case _:
                raise error

    async def _late(self, subject: str, task: "asyncio.Future[str]", remedy: str) -> Line:
        where = waiting_in(task)
        task.cancel()
        await asyncio.wait({task}, timeout=self.grace_seconds)
        self.ended = f"{subject!r} did not end"
        return Line(subject, "FAIL", f"no end within {self.timeout_seconds:g} s; waiting in {where}", _longer(remedy))

    def _blocked(self, subject: str, remedy: str) -> None:
        """In a thread, where a call never gave the event loop back: nothing but the end of the process ends it."""
        frame = sys._current_frames().get(threading.main_thread().ident or 0)  # pyright: ignore[reportPrivateUsage]
        where = innermost([(entry.filename, entry.lineno, entry.name) for entry in traceback.extract_stack(frame)])
        found = f"no end within {self.timeout_seconds:g} s; blocked in {where}"
        self._keep(Line(subject, "FAIL", found, _longer(remedy), self.timeout_seconds))
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)
        sys.stdout.flush()
        os._exit(1)

    def _keep(self, line: Line) -> None:
        self.lines.append(line)
        self.report(self.lines)


def _longer(remedy: str) -> str:
    return f"{remedy}; where it only needs longer: --timeout SECONDS"


def waiting_in(task: "asyncio.Future[Any]") -> str:
    """The innermost place of ours that a task waits in."""
    places: list[tuple[str, int | None, str]] = []
    waited: Any = task.get_coro() if isinstance(task, asyncio.Task) else None
    while waited is not None and (frame := getattr(waited, "cr_frame", None)) is not None:
        places.append((frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name))
        waited = waited.cr_await
    return innermost(places)


def innermost(places: list[tuple[str, int | None, str]]) -> str:
    """Outermost first: (file, line, function). The last one within this package, else the last."""
    ours = [each for each in places if Path(each[0]).is_relative_to(PACKAGE)]
    if not places:
        return "an unknown place"
    file, line, function = (ours or places)[-1]
    path = Path(file)
    return f"{function} ({path.relative_to(PACKAGE.parent) if ours else path.name}:{line})"
