"""Accuracy on fixed tasks from the evaluation seeds, which no training task can have, and on data sets."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from math import comb

import numpy as np

import environments
from environments.catalog import load
from environments.problem import EVALUATION_BIT, OUTCOMES, Verdict
from rlve.config import ConfigError, DatasetConfig, EvaluationConfig, SamplingParams, TrainConfig
from rlve.dataset_environment import DatasetProblem
from rlve.datasets import Dataset
from rlve.policy import Policy
from rlve.problems import Problems
from rlve.prompts import Prompts
from rlve.tracking import interval
from rlve.turns import Sampling, Sessions, is_session, sampling_seed
from rlve.types import Completion, Task

RESAMPLES = 10_000


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


def evaluated(config: TrainConfig, names: list[str]) -> list[str]:
    """The environments that are measured, of a run that trains on `names`."""
    wanted = config.evaluation.environments
    if wanted is None:
        return names
    untrained = [name for name in environments.names() if name not in names]
    if "untrained" in wanted and not untrained:
        raise ConfigError(
            "evaluation.environments: the run trains on every environment, so that none is `untrained`; "
            "choose fewer in rlve.environment_list or name others in evaluation.environments"
        )
    found = [
        name for entry in wanted for name in (untrained if entry == "untrained" else environments.resolve([entry]))
    ]
    return list(dict.fromkeys(found))


def fixed_tasks(names: Sequence[str], levels: Sequence[int], problems_per_level: int) -> list[Task]:
    """The same tasks in every run, whatever its seed; of a data set as many held-out rows, if there are so many."""
    tasks: list[Task] = []
    for name in names:
        kind = load(name)
        if issubclass(kind, DatasetProblem):
            count = min(len(levels) * problems_per_level, len(kind.held_out))
            tasks += [_row_task(name, kind.version, index) for index in range(count)]
        else:
            tasks += [
                Task(name, kind.version, level, EVALUATION_BIT | _index_seed(level, index))
                for level in levels
                for index in range(problems_per_level)
            ]
    return tasks


def _row_task(environment: str, version: int, index: int) -> Task:
    """A held-out row of a data set."""
    return Task(environment, version, 0, EVALUATION_BIT | index)


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
    """One completion per task, of a session with all its turns.

    Problems that cannot be generated or verified count as unsolved.
    """
    sessions = Sessions(problems, prompts)

    async def answer(task: Task, question: str) -> Completion:
        prompt = prompts.encode(question)
        params = SamplingParams(
            max_tokens=max_tokens,
            temperature=config.temperature,
            top_p=config.top_p,
            top_k=config.top_k,
            seed=sampling_seed("evaluation", *task),
        )
        (completion,) = await policy.sample(prompt, params, 1)
        if not is_session(task.environment):
            return completion
        return await sessions.finish(Sampling(policy, params, "evaluation"), task, prompt, completion, 0)

    asked = [(entry.task, entry.text) for entry in await problems.generate(tasks) if entry.text is not None]
    completions = await asyncio.gather(*(answer(task, question) for task, question in asked))
    answered = [(task, completion) for (task, _), completion in zip(asked, completions, strict=True)]
    played = [(task, completion) for task, completion in answered if is_session(task.environment)]
    texts = [(task, prompts.conclusion(each.tokens)) for task, each in answered if not is_session(task.environment)]
    verdicts = [*await sessions.verdicts(played), *await problems.verify_many(texts)]
    judged = [task for task, _ in (*played, *texts)]
    solved = {task for task, verdict in zip(judged, verdicts, strict=True) if verdict.correct}
    counts: dict[str, dict[int, tuple[int, int]]] = {}
    for task in tasks:
        correct, total = counts.setdefault(task.environment, {}).get(task.difficulty, (0, 0))
        counts[task.environment][task.difficulty] = (correct + (task in solved), total + 1)
    return Evaluation(counts)


@dataclass(frozen=True)
class DatasetScore:
    """Of `samples` answers to each problem, correct[i] were right. An answer that could not be verified is not right.

    outcomes: `correct`, `wrong` or the verdict's error → answers. tokens: of all answers.
    """

    config: DatasetConfig
    correct: list[int]
    outcomes: Mapping[str, int]
    truncated: int
    tokens: int

    def metrics(self) -> dict[str, float]:
        """By the last part of their names in tracking.METRICS."""
        samples, problems = self.config.samples, len(self.correct)
        estimates = {f"avg@{samples}": [right / samples for right in self.correct]}
        for count in self.config.pass_at:
            estimates[f"pass@{count}"] = [pass_at(count, samples, right) for right in self.correct]
        found: dict[str, float] = {}
        for name, values in estimates.items():
            found[name] = sum(values) / problems
            found[f"{name}_low"], found[f"{name}_high"] = bootstrap(values)
        answers = samples * problems
        return {
            **found,
            "problems": problems,
            "truncated_share": self.truncated / answers,
            "tokens_mean": self.tokens / answers,
            **{f"answers_{outcome}": count for outcome, count in self.outcomes.items()},
        }


def pass_at(count: int, samples: int, correct: int) -> float:
    """The unbiased estimate that one of `count` answers is right (Chen et al. 2021, arXiv 2107.03374, equation 1)."""
    return 1 - comb(samples - correct, count) / comb(samples, count)


def bootstrap(values: Sequence[float]) -> tuple[float, float]:
    """A 95 % interval of the mean over problems: percentiles of RESAMPLES draws, the same each time.

    Where all problems agree there is nothing to resample, and it is Wilson's, of a share seen in as many trials.
    """
    count = len(values)
    distinct, frequencies = np.unique(values, return_counts=True)
    if len(distinct) == 1:
        return interval(values[0] * count, count)
    rng = np.random.default_rng(count)
    means = rng.multinomial(count, frequencies / count, RESAMPLES) @ distinct / count
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


async def evaluate_datasets(
    policy: Policy, datasets: Sequence[Dataset], problems: Problems, prompts: Prompts
) -> dict[str, DatasetScore]:
    """Name → score; every problem of every set is sampled at once."""
    scores = await asyncio.gather(*(_evaluate_dataset(policy, dataset, problems, prompts) for dataset in datasets))
    return {dataset.name: score for dataset, score in zip(datasets, scores, strict=True)}


async def _evaluate_dataset(policy: Policy, dataset: Dataset, problems: Problems, prompts: Prompts) -> DatasetScore:
    config = dataset.config

    async def answers(task: Task, question: str) -> tuple[list[Completion], list[Verdict]]:
        prompt = prompts.encode(question)
        params = SamplingParams(
            max_tokens=config.max_tokens or prompts.config.max_seq_len - len(prompt),
            temperature=config.temperature,
            top_p=config.top_p,
            top_k=config.top_k,
            seed=sampling_seed("evaluation", *task),
        )
        completions = await policy.sample(prompt, params, config.samples)
        return completions, await problems.verify(task, [prompts.conclusion(each.tokens) for each in completions])

    tasks = [_row_task(dataset.environment, dataset.file.version, index) for index in range(len(dataset.rows))]
    asked = [(entry.task, entry.text) for entry in await problems.generate(tasks) if entry.text is not None]
    if len(asked) < len(tasks):
        reasons = "; ".join(problems.failures[dataset.environment])
        raise RuntimeError(f"{len(tasks) - len(asked)} questions of {dataset.name} could not be asked: {reasons}")
    answered = await asyncio.gather(*(answers(task, question) for task, question in asked))
    completions = [completion for group, _ in answered for completion in group]
    outcomes = Counter(verdict.outcome for _, verdicts in answered for verdict in verdicts)
    return DatasetScore(
        config,
        [sum(verdict.correct for verdict in verdicts) for _, verdicts in answered],
        {outcome: outcomes[outcome] for outcome in OUTCOMES},
        sum(completion.truncated for completion in completions),
        sum(len(completion.tokens) for completion in completions),
    )
