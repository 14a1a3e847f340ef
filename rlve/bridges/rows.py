"""Problems as rows of a data set, from which a problem can be made again and answers to it verified."""

import json
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from typing import TypedDict

import environments
from environments.problem import EVALUATION_BIT
from rlve.bridges.blocking import BlockingProblems
from rlve.evaluation import fixed_tasks
from rlve.turns import is_session
from rlve.types import Task

BATCH = 512


class Row(TypedDict):
    """solution: the reference answer inside its marker; task: JSON, for its seed may be larger than 64-bit integers."""

    prompt: str
    solution: str
    task: str
    environment: str
    difficulty: int


def written(task: Task) -> str:
    """A task as a row has it."""
    return json.dumps(task._asdict())


def read(text: str) -> Task:
    """The task of a row. ValueError where it is none."""
    try:
        fields = json.loads(text)
        return Task(str(fields["environment"]), *(int(fields[key]) for key in ("version", "difficulty", "seed")))
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"expected a task such as {written(Task('Sorting', 1, 4, 7))}, as `rlve export-problems` writes it, "
            f"got {text!r:.200}"
        ) from error


def single_turn(wanted: str) -> list[str]:
    """The environments that names, families and patterns between commas mean, but for sessions.

    EnvironmentNotFound where there are none, for what has several turns is no row.
    """
    names = environments.resolve(wanted.split(","))
    found = [name for name in names if not is_session(name)]
    if not found:
        raise environments.EnvironmentNotFound(
            f"{', '.join(names)}: an environment of several turns is no row; the bridge to gymnasium plays it"
        )
    return found


def tasks(
    names: Sequence[str], levels: Sequence[int], count: int, evaluation: bool = False, seed: int = 0
) -> list[Task]:
    """`count` tasks, as many of each environment at each level as the count allows, in turn.

    evaluation: those that `rlve evaluate` measures, which no run trains on; seed: another choice of those to train on.
    """
    pairs = [(name, level) for level in levels for name in names]
    each = -(-count // len(pairs))
    if evaluation:
        found = {pair: fixed_tasks([pair[0]], [pair[1]], each) for pair in pairs}
    else:
        found = {pair: [_training_task(*pair, seed, index) for index in range(each)] for pair in pairs}
    return [found[pair][index] for index in range(each) for pair in pairs][:count]


def _training_task(name: str, level: int, seed: int, index: int) -> Task:
    digest = blake2b(f"export|{name}|{level}|{seed}|{index}".encode(), digest_size=8).digest()
    return Task(name, environments.load(name).version, level, int.from_bytes(digest) % EVALUATION_BIT)


def rows(wanted: Sequence[Task], problems: BlockingProblems) -> Iterator[Row]:
    """A row for each task, but for those whose problem could not be made: `problems.failures` tells of them."""
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        for asked, solved in zip(problems.generate(batch), problems.solve(batch), strict=True):
            if asked.text is not None and solved.text is not None:
                task = asked.task
                yield Row(
                    prompt=asked.text,
                    solution=solved.text,
                    task=written(task),
                    environment=task.environment,
                    difficulty=task.difficulty,
                )
