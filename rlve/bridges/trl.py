"""TRL: rows for its `train_dataset`, and a reward function that verifies completions in child processes.

from datasets import Dataset
from rlve.bridges import trl

GRPOTrainer(model, reward_funcs=trl.reward, train_dataset=Dataset.from_list(trl.rows("Sorting,graphs", [0, 1], 1000)))
"""

from collections.abc import Mapping, Sequence
from typing import Any

from rlve.bridges import rows as problem_rows
from rlve.bridges.blocking import shared

Completion = str | Sequence[Mapping[str, Any]]
"""A text, or messages of which the last one is the model's."""


def rows(
    wanted: str, levels: Sequence[int], count: int, evaluation: bool = False, seed: int = 0
) -> list[dict[str, Any]]:
    """`count` problems, as `rlve export-problems` writes them. wanted: names, families or patterns.

    RuntimeError where problems could not be made.
    """
    names = problem_rows.single_turn(wanted)
    found = list(problem_rows.rows(problem_rows.tasks(names, levels, count, evaluation, seed), shared()))
    if len(found) < count:
        raise RuntimeError(
            f"{count - len(found)} of {count} problems could not be made: {'; '.join(shared().failures)}"
        )
    return [dict(row) for row in found]


def reward(completions: Sequence[Completion], task: Sequence[str], **_: Any) -> list[float]:
    """The score of each completion, in [0, 1]. task: the column of that name; ValueError where it holds none."""
    answers = [(problem_rows.read(row), text(completion)) for row, completion in zip(task, completions, strict=True)]
    return [verdict.score for verdict in shared().verify_many(answers)]


def text(completion: Completion) -> str:
    """What the model wrote."""
    return completion if isinstance(completion, str) else str(completion[-1]["content"])
