"""Generate and verify in killable worker processes: what hangs, dies or raises costs one job, not the run.

A task's jobs go to the same child, which still has the problem when its answers come to be verified, unless others
would be done with them sooner: a verifier that takes long judges the answers of a task in many children at once.
"""

import asyncio
import json
import os
import select
import shlex
import signal
import subprocess
import sys
from collections import Counter, defaultdict, deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, Literal, Self

from environments import bridges
from environments.problem import Verdict
from rlve.dataset_environment import PREFIX, DatasetFile
from rlve.types import Task

START_SECONDS = 60.0
PATIENCE = 5  # jobs in a row that may hang or end their process before an environment is not asked any more
WAIT_SECONDS = 0.02
"""What a job rather waits for than to have its problem made again in another child."""
LEARNING = 0.2
"""Weight of the newest job in the mean of how long those of its kind take."""
READ_BYTES = 1 << 20
MEMORY_BYTES = 2 << 30  # a child that holds more after its jobs is replaced: what verifies may leak

Job = tuple[Literal["top", "ask", "solve", "demonstrate", "verify", "play"], Task, str]
"""What is wanted of a task, and the text to verify; for `top` the characters that a question may have."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A task's question or solution, or the kind of failure; what exactly failed is in `Problems.failures`."""

    task: Task
    text: str | None
    error: Literal["timeout", "crash"] | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a session says to what was written so far: an observation, or its verdict if it is over."""

    observation: str | None
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class _Reply:
    value: Any
    error: Literal["timeout", "crash"] | None = None
    message: str = ""
    seconds: float = 0.0


class Problems:
    """A pool of worker processes. failures: environment → message → count."""

    def __init__(self, workers: Sequence["_Worker"]) -> None:
        self._workers = workers
        self._seconds: dict[tuple[str, str], float] = {}  # (kind of job, environment) → mean
        self._queued = [0.0] * len(workers)  # seconds that each worker's jobs are expected to take
        self.failures: defaultdict[str, Counter[str]] = defaultdict(Counter)

    @classmethod
    async def start(
        cls, workers: int, timeout_seconds: float, marker_name: str, datasets: Sequence[DatasetFile] = ()
    ) -> Self:
        """A pool that is ready. A job may take timeout_seconds; marker_name is a key of environments.MARKERS.

        Jobs of an environment of which PATIENCE jobs in a row hung or ended their process fail at once; those of a data
        set do not, for there it is the model's text that hangs.
        """
        strikes: Counter[str] = Counter()
        arguments = [marker_name, json.dumps(datasets)]
        pool = cls([_Worker(timeout_seconds, arguments, strikes) for _ in range(workers)])
        try:
            await asyncio.gather(*(worker.start() for worker in pool._workers))
        except BaseException:
            await pool.close()
            raise
        return pool

    async def ceilings(self, environments: Mapping[str, int], prompt_chars: int) -> dict[str, int]:
        """environments: name → version. Name → the highest level whose questions stay within prompt_chars characters.

        0 where an environment cannot tell.
        """
        tasks = [Task(name, version, 0, 0) for name, version in environments.items()]
        replies = await self._run([("top", task, str(prompt_chars)) for task in tasks])
        return {task.environment: int(reply.value or 0) for task, reply in zip(tasks, replies, strict=True)}

    async def generate(self, tasks: Sequence[Task]) -> list[Generated]:
        """The question of each task."""
        return await self._texts("ask", tasks)

    async def solve(self, tasks: Sequence[Task]) -> list[Generated]:
        """The reference solution of each task, inside the marker: what a model should write."""
        return await self._texts("solve", tasks)

    async def _texts(self, kind: Literal["ask", "solve"], tasks: Sequence[Task]) -> list[Generated]:
        replies = await self._run([(kind, task, "") for task in tasks])
        return [Generated(task, reply.value, reply.error) for task, reply in zip(tasks, replies, strict=True)]

    async def verify(self, task: Task, texts: Sequence[str]) -> list[Verdict]:
        """The verdict on each of the completions of one task."""
        return await self.verify_many([(task, text) for text in texts])

    async def verify_many(self, answers: Sequence[tuple[Task, str]]) -> list[Verdict]:
        """The verdict on each completion; of the calls here the fastest per verdict."""
        replies = await self._run([("verify", task, text) for task, text in answers])
        return [Verdict(0.0, False, reply.error) if reply.error else Verdict(*reply.value) for reply in replies]

    async def demonstrate(self, tasks: Sequence[Task]) -> list[list[tuple[str, str | None]] | None]:
        """What a model should write at each turn and what it is told then, the last time None; None for a failure.

        A problem that is no session has one turn, its solution.
        """
        replies = await self._run([("demonstrate", task, "") for task in tasks])
        return [None if reply.error else [(text, told) for text, told in reply.value] for reply in replies]

    async def play(self, transcripts: Sequence[tuple[Task, Sequence[str]]]) -> list[Reply]:
        """Where each session stands after the texts of its turns."""
        replies = await self._run([("play", task, json.dumps(texts)) for task, texts in transcripts])
        return [_played(reply) for reply in replies]

    async def close(self) -> None:
        """Ends every child; calls still in flight raise RuntimeError."""
        await asyncio.gather(*(asyncio.to_thread(worker.close) for worker in self._workers))

    async def _run(self, jobs: Sequence[Job]) -> list[_Reply]:
        shares: list[list[int]] = [[] for _ in self._workers]
        expected = [self._seconds.get((kind, task.environment), 0.0) for kind, task, _ in jobs]
        for index, (_, task, _) in enumerate(jobs):
            place = self._place(task.seed % len(shares))
            shares[place].append(index)
            self._queued[place] += expected[index]

        async def answered(place: int) -> list[_Reply]:
            share = shares[place]
            try:
                return await self._workers[place].run([jobs[index] for index in share])
            finally:
                self._queued[place] -= sum(expected[index] for index in share)

        busy = [place for place, share in enumerate(shares) if share]
        found = [reply for replies in await asyncio.gather(*map(answered, busy)) for reply in replies]
        by_index = dict(zip((index for place in busy for index in shares[place]), found, strict=True))
        replies = [by_index[index] for index in range(len(jobs))]
        for (kind, task, _), reply in zip(jobs, replies, strict=True):
            # From 0 on: the first job of an environment also loads it.
            mean = self._seconds.get((kind, task.environment), 0.0)
            self._seconds[kind, task.environment] = mean + LEARNING * (reply.seconds - mean)
            if reply.error:
                self.failures[task.environment][reply.message] += 1
        return replies

    def _place(self, home: int) -> int:
        """The worker for a job whose task is at home there."""
        if self._queued[home] < WAIT_SECONDS:
            return home
        idlest = min(range(len(self._queued)), key=self._queued.__getitem__)
        return idlest if self._queued[home] - self._queued[idlest] >= WAIT_SECONDS else home


def _played(reply: _Reply) -> Reply:
    if reply.error:
        return Reply(None, Verdict(0.0, False, reply.error))
    observation, verdict = reply.value
    return Reply(observation, None if verdict is None else Verdict(*verdict))


class _Worker:
    """One child at a time and the thread that talks to it; a child that hangs or dies is replaced.

    The kernel ends a child with the thread that started it (PR_SET_PDEATHSIG), so one thread serves the worker's life.
    """

    def __init__(self, timeout_seconds: float, arguments: Sequence[str], strikes: Counter[str]) -> None:
        """arguments: the child's; strikes: environment → jobs in a row that hung or ended a process of any worker."""
        self._timeout_seconds = timeout_seconds
        self._arguments = arguments
        self._strikes = strikes
        self._thread = ThreadPoolExecutor(1, "problems")
        self._lock = Lock()  # between close() and the thread that may be replacing the child
        self._child: _Child | None = None
        self._closed = False

    async def start(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._living_child)

    async def run(self, jobs: Sequence[Job]) -> list[_Reply]:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._run, jobs)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._child is not None:
                self._child.kill()
        self._thread.shutdown()
        if self._child is not None:
            self._child.end()

    def _run(self, jobs: Sequence[Job]) -> list[_Reply]:
        replies: list[_Reply] = []
        while len(replies) < len(jobs):
            wanted = list(takewhile(lambda job: not self._given_up(job), jobs[len(replies) :]))
            if wanted:
                replies += self._run_until_failure(wanted)
            else:
                replies.append(
                    _Reply(None, "timeout", f"not asked: {PATIENCE} jobs in a row hung or ended their process")
                )
            self._require_open()
        return replies

    def _given_up(self, job: Job) -> bool:
        name = job[1].environment
        return self._strikes[name] >= PATIENCE and not name.startswith(PREFIX)

    def _run_until_failure(self, jobs: Sequence[Job]) -> list[_Reply]:
        """Replies up to and including that of a job that hung or ended the child."""
        child = self._living_child()
        replies: list[_Reply] = []
        try:
            child.send(jobs)
            for _, task, _ in jobs:
                started = monotonic()
                value, message = child.receive(self._patience(child, task))
                self._strikes[task.environment] = 0
                error = None if message is None else "crash"
                replies.append(_Reply(value, error, message or "", monotonic() - started))
        except TimeoutError:
            child.end()
            seconds = self._timeout_seconds
            replies.append(_Reply(None, "timeout", f"no result within {seconds:g} seconds", seconds))
        except (EOFError, BrokenPipeError):
            replies.append(_Reply(None, "crash", f"the worker process ended with exit code {child.end()}"))
        else:
            if child.memory_bytes > MEMORY_BYTES:
                child.end()
            return replies
        self._strikes[jobs[len(replies) - 1][1].environment] += 1
        return replies

    def _patience(self, child: "_Child", task: Task) -> float:
        """Seconds for a job. The first of another library's environments loads the library, which takes some."""
        library = bridges.prefix(task.environment)
        if library is None or library in child.libraries:
            return self._timeout_seconds
        child.libraries.add(library)
        return START_SECONDS

    def _living_child(self) -> "_Child":
        with self._lock:
            self._require_open()
            if self._child is not None:
                if self._child.alive:
                    return self._child
                self._child.end()
            self._child = child = _Child(self._arguments)
        try:
            child.receive(START_SECONDS)
        except (TimeoutError, EOFError) as error:
            raise RuntimeError(
                f"a problem worker did not start (exit code {child.end()}); its own message is on stderr. "
                f"`{sys.executable} -m rlve.problem_worker {shlex.join(self._arguments)}` should wait for input"
            ) from error
        return child

    def _require_open(self) -> None:
        if self._closed:
            raise RuntimeError("the problem workers have been closed")


class _Child:
    """A `problem_worker` process and its pipes."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "rlve.problem_worker", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
                "OMP_NUM_THREADS": "1",
                "OPENBLAS_NUM_THREADS": "1",
            },
            start_new_session=True,  # Ctrl-C is for the driver, and kill() reaches the child's own children
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._input, self._output = self._process.stdin, self._process.stdout
        self._readable = select.poll()
        self._readable.register(self._output, select.POLLIN)
        self._lines: deque[bytes] = deque()
        self._partial = b""
        self.libraries: set[str] = set()  # of other environments than ours, that it has loaded or begun to load

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def memory_bytes(self) -> int:
        """What the child holds; 0 where the system does not say."""
        try:
            pages = Path(f"/proc/{self._process.pid}/statm").read_text(encoding="ascii").split()[1]
        except OSError:
            return 0
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    def send(self, jobs: Sequence[Job]) -> None:
        self._input.write(json.dumps(jobs).encode() + b"\n")
        self._input.flush()

    def receive(self, timeout_seconds: float) -> Any:
        """The next result. TimeoutError where none comes in time, EOFError where none will."""
        deadline = monotonic() + timeout_seconds
        while not self._lines:
            if not self._readable.poll(max(0.0, deadline - monotonic()) * 1000):
                raise TimeoutError
            chunk = os.read(self._output.fileno(), READ_BYTES)
            if not chunk:
                raise EOFError
            *lines, self._partial = (self._partial + chunk).split(b"\n")
            self._lines.extend(lines)
        return json.loads(self._lines.popleft())

    def kill(self) -> None:
        if self.alive:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> int:
        """Kills what still lives and frees the pipes; the exit code, negative for a signal. May be called again."""
        if self._output.closed:
            return self._process.returncode
        with suppress(subprocess.TimeoutExpired):
            # A closed pipe comes shortly before the exit code of a child that ended by itself.
            self._process.wait(0.1 if self._readable.poll(0) else 0)
        self.kill()
        code = self._process.wait()
        with suppress(BrokenPipeError):
            self._input.close()
        self._output.close()
        return code
