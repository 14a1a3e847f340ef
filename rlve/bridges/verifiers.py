"""verifiers: our problems as a taskset of its v1 API, whose reward is the verdict's score.

verifiers finds a taskset by the name of a module without dots: a file rlve_problems.py on the path, with the line

    from rlve.bridges.verifiers import ProblemTaskset; __all__ = ["ProblemTaskset"]
"""

import asyncio
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from rlve.bridges import rows as problem_rows
from rlve.bridges.blocking import shared

try:
    vf: Any = import_module("verifiers.v1")
except ImportError as error:
    raise ImportError("this bridge needs verifiers: pip install 'rlve[verifiers]'") from error


class ProblemData(vf.TaskData):
    """A row's task and its reference answer inside its marker."""

    task: str
    solution: str


class ProblemTask(vf.Task[ProblemData]):
    """One problem. Answers are verified in a child process that can be ended."""

    @vf.reward
    async def verdict(self, trace: Any) -> float:
        """The score in [0, 1] of the last reply."""
        return await self._score(trace.last_reply)

    async def validate(self, runtime: Any) -> bool:
        """Whether the reference answer is judged correct."""
        return await self._score(self.data.solution) == 1.0

    async def _score(self, text: str) -> float:
        answers = [(problem_rows.read(self.data.task), text)]
        (verdict,) = await asyncio.to_thread(shared().verify_many, answers)
        return verdict.score


class ProblemTasksetConfig(vf.TasksetConfig):
    """environments: names, families or patterns; the other fields are the options of `rlve export-problems`."""

    environments: str = "Sorting"
    difficulty: list[int] = [0]  # noqa: RUF012 - pydantic copies it
    count: int = 1000
    evaluation: bool = False
    seed: int = 0


class ProblemTaskset(vf.Taskset[ProblemTask, ProblemTasksetConfig]):
    """`count` problems, the same ones at every load."""

    def load(self) -> Iterable[Any]:
        """Yields the tasks. Problems that cannot be made are left out."""
        config = self.config
        names = problem_rows.single_turn(config.environments)
        tasks = problem_rows.tasks(names, config.difficulty, config.count, config.evaluation, config.seed)
        for row in problem_rows.rows(tasks, shared()):
            data = ProblemData(
                name=f"{row['environment']} {row['difficulty']}",
                prompt=row["prompt"],
                task=row["task"],
                solution=row["solution"],
            )
            yield ProblemTask(data, config.task)


__all__ = ["ProblemTaskset"]
