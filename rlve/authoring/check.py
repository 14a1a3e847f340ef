"""The contract put to environments in a child process that can be ended, since what is checked may hang."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

from environments import EnvironmentNotFound

STACK_SECONDS = 1.0  # for a child that hangs to write where it stands


@dataclass(frozen=True)
class Promise:
    """One line of a report. found, mend: what breaks the promise, and what to change."""

    promise: str
    kept: bool
    found: str = ""
    mend: str = ""


@dataclass
class Report:
    """What the contract found in one environment; a hang leaves the promises after it unchecked."""

    environment: str
    file: str
    promises: list[Promise] = field(default_factory=list[Promise])

    @property
    def broken(self) -> int:
        return sum(not promise.kept for promise in self.promises)


def check(specs: list[str], seconds: float, as_json: bool) -> int:
    """Prints a report; 0 where every promise is kept, else 1. seconds: for each promise."""
    say: Callable[[str], None] = (lambda line: None) if as_json else (lambda line: print(line, flush=True))
    reports = [report for spec in specs for report in examine(spec, seconds, say)]
    broken = sum(report.broken for report in reports)
    if as_json:
        print(json.dumps({"kept": not broken, "environments": [asdict(report) for report in reports]}, indent=1))
    elif len(reports) > 1:
        print(f"{len(reports)} environments, {broken} promises broken")
    return 1 if broken else 0


def examine(spec: str, seconds: float, say: Callable[[str], None]) -> list[Report]:
    """spec: an environment's name, `file.py:Class`, or `file.py` for all in it. say gets the lines as they come."""
    reports: list[Report] = []
    text = ""

    def finish() -> None:
        if reports:
            say(_summary(reports[-1]))

    def take(promise: Promise) -> None:
        reports[-1].promises.append(promise)
        say(_line(promise))

    with _child(spec) as (process, stderr):
        for event in _events(process, seconds):
            if "environment" in event:
                finish()
                reports.append(Report(event["environment"], event["file"]))
                say(f"{event['environment']} ({event['file']})")
            elif "promise" in event:
                text = event["promise"]
            elif "kept" in event:
                take(Promise(text, event["kept"], event.get("found", ""), event.get("mend", "")))
            elif event["end"] is not None:
                raise EnvironmentNotFound(event["end"])
            else:
                finish()
                return reports
        if not reports:
            reports.append(Report(spec.rpartition(":")[2], spec))
            say(spec)
        if process.poll() is None:
            place = _whereabouts(process, stderr, reports[-1].file)
            found, mend = f"it hangs: no end after {seconds:g} seconds{place}", "bound every loop and every search"
        else:
            found, mend = f"it ended its process, exit code {process.returncode}", "leave the process alone"
            if process.returncode == -signal.SIGKILL:
                found, mend = "its process was killed", "take less than 4 GiB of memory"
        take(Promise(text, False, found, f"{mend}; the promises after this one were not checked"))
        finish()
    return reports


def _line(promise: Promise) -> str:
    if promise.kept:
        return f"  ok    {promise.promise}"
    return f"  FAIL  {promise.promise}\n        found: {promise.found}\n        mend:  {promise.mend}"


def _summary(report: Report) -> str:
    total = len(report.promises)
    return f"{report.broken} of {total} promises broken\n" if report.broken else f"all {total} promises kept\n"


@contextmanager
def _child(spec: str) -> Generator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """The examiner and what it writes to stderr; ended with all that it started."""
    with (
        tempfile.TemporaryFile() as stderr,
        subprocess.Popen(
            [sys.executable, "-m", "rlve.authoring.examiner", spec],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process, stderr
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _events(process: subprocess.Popen[bytes], seconds: float) -> Iterator[dict[str, Any]]:
    """Until the child has ended, or says nothing for so long."""
    assert process.stdout is not None
    descriptor = process.stdout.fileno()
    partial, deadline = b"", monotonic() + seconds
    while select.select([descriptor], [], [], max(0.0, deadline - monotonic()))[0]:
        chunk = os.read(descriptor, 1 << 16)
        if not chunk:
            process.wait()
            return
        *lines, partial = (partial + chunk).split(b"\n")
        yield from map(json.loads, lines)
        deadline = monotonic() + seconds


def _whereabouts(process: subprocess.Popen[bytes], stderr: IO[bytes], file: str) -> str:
    """ " (my_env.py, line 27, in generate)", rather in the environment's own file than beneath it."""
    # Reading must not move the offset at which the child writes.
    start = os.fstat(stderr.fileno()).st_size
    process.send_signal(signal.SIGUSR1)
    frames: list[tuple[str, str, str]] = []
    deadline = monotonic() + STACK_SECONDS
    while not frames and monotonic() < deadline:
        sleep(0.05)
        written = os.pread(stderr.fileno(), 1 << 16, start).decode(errors="replace")
        frames = re.findall(r'File "(.*)", line (\d+) in (\S+)', written)
    own = [frame for frame in frames if Path(frame[0]).name == Path(file).name]
    if not frames:
        return ""
    path, line, function = (own or frames)[0]
    return f" ({Path(path).name}, line {line}, in {function})"
