"""Accuracy on fixed tasks from the evaluation seeds, which no training task can have."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

from environments.catalog import load
from environments.problem import EVALUATION_BIT
from rlve.config import EvaluationConfig, SamplingParams
from rlve.policy import Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.rollout import sampling_seed
from rlve.types import Task


@dataclass(frozen=True)
class Evaluation:
    """counts[environment][level] = (correct, problems)."""

    counts: Mapping[str, Mapping[int, tuple[int, int]]]

    @property
    def accuracy(self) -> float:
        """The mean over environments of the share of their problems that were solved."""
        shares = [
            sum(correct for correct, _ in levels.values()) / sum(total for _, total in levels.values())
            for levels in self.counts.values()
        ]
        return sum(shares) / len(shares)

    @property
    def problems(self) -> int:
        return sum(total for levels in self.counts.values() for _, total in levels.values())


def fixed_tasks(environments: Sequence[str], levels: Sequence[int], problems_per_level: int) -> list[Task]:
    """The same tasks in every run, whatever its seed."""
    return [
        Task(name, load(name).version, level, EVALUATION_BIT | _index_seed(level, index))
        for name in environments
        for level in levels
        for index in range(problems_per_level)
    ]


def _index_seed(level: int, index: int) -> int:
    digest = blake2b(f"evaluation|{level}|{index}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) % EVALUATION_BIT


async def evaluate(
    policy: Policy,
    tasks: Sequence[Task],
    problems: Problems,
    prompts: Prompts,
    config: EvaluationConfig,
    max_tokens: int,
) -> Evaluation:
    """One completion per task. Problems that cannot be generated or verified count as unsolved."""

    async def answer(task: Task, question: str) -> str:
        params = SamplingParams(
            max_tokens=max_tokens,
            temperature=config.temperature,
            top_p=config.top_p,
            top_k=config.top_k,
            seed=sampling_seed("evaluation", *task),
        )
        (completion,) = await policy.sample(prompts.encode(question), params, 1)
        return prompts.decode(completion.tokens)

    asked = [(entry.task, entry.text) for entry in await problems.generate(tasks) if entry.text is not None]
    texts = await asyncio.gather(*(answer(task, question) for task, question in asked))
    verdicts = await problems.verify_many([(task, text) for (task, _), text in zip(asked, texts, strict=True)])
    solved = {task for (task, _), verdict in zip(asked, verdicts, strict=True) if verdict.correct}
    counts: dict[str, dict[int, tuple[int, int]]] = {}
    for task in tasks:
        correct, total = counts.setdefault(task.environment, {}).get(task.difficulty, (0, 0))
        counts[task.environment][task.difficulty] = (correct + (task in solved), total + 1)
    return Evaluation(counts)
