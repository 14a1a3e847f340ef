"""The problem workers for callers that have no event loop of their own: the same processes, calls that wait."""

import asyncio
import os
from collections.abc import Coroutine, Sequence
from functools import cache
from threading import Thread
from typing import Any, TypeVar

from environments.problem import Verdict
from rlve.problems import Generated, Problems, Reply
from rlve.types import Task

T = TypeVar("T")

TIMEOUT_SECONDS = 10.0


class BlockingProblems:
    """`Problems` that block. Every problem is made and every answer verified in a child process that can be ended."""

    def __init__(self, workers: int = 1, timeout_seconds: float = TIMEOUT_SECONDS, marker_name: str = "tags") -> None:
        """marker_name: a key of environments.MARKERS."""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="blocking problems", daemon=True)
        self._thread.start()
        self._problems = self._wait(Problems.start(workers, timeout_seconds, marker_name))

    @property
    def failures(self) -> list[str]:
        """What went wrong, such as "Sorting: no result within 10 seconds (3 times)"."""
        return [
            f"{name}: {message} ({count} times)"
            for name, messages in sorted(self._problems.failures.items())
            for message, count in messages.most_common()
        ]

    def generate(self, tasks: Sequence[Task]) -> list[Generated]:
        """The question of each task."""
        return self._wait(self._problems.generate(tasks))

    def solve(self, tasks: Sequence[Task]) -> list[Generated]:
        """The reference solution of each task, inside the marker."""
        return self._wait(self._problems.solve(tasks))

    def verify_many(self, answers: Sequence[tuple[Task, str]]) -> list[Verdict]:
        """The verdict on each completion."""
        return self._wait(self._problems.verify_many(answers))

    def play(self, task: Task, texts: Sequence[str]) -> Reply:
        """Where a session stands after the texts of its turns."""
        return self._wait(self._problems.play([(task, texts)]))[0]

    def close(self) -> None:
        """Ends the child processes."""
        self._wait(self._problems.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def shared(marker_name: str = "tags") -> BlockingProblems:
    """One pool of one worker for this process, with which its child ends."""
    return _shared(os.getpid(), marker_name)


@cache
def _shared(process: int, marker_name: str) -> BlockingProblems:  # noqa: ARG001 - it is a key
    """process: a fork inherits the objects of its parent, but neither the threads nor the right to the pipes."""
    return BlockingProblems(marker_name=marker_name)
