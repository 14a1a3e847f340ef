"""One saved batch through rlve's trainers and through TRL: the same loss and the same norm of the gradient.

Completions of random tokens, with rewards by group and sampler's log-probabilities that differ from the model's, so
that some ratios are clipped.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import step_jobs
import torch
from numpy.typing import NDArray
from step_jobs import JOBS, Job
from step_sides import Judge
from step_trl import grpo, loss_and_norm

from environments.problem import Verdict
from rlve import models
from rlve.advantages import group_advantages, to_data
from rlve.cluster.policy import ClusterPolicy
from rlve.config import AdamParams, TrainConfig
from rlve.prompts import Prompts
from rlve.types import Completion, Datum, Group, Loss, Rollout

PROMPTS = 8
TOLERANCE = 1e-5  # relative
REWARDS = (-1.0, -0.5, 0.0, 0.25, 1.0)
SPREAD = 0.3  # of the sampler's log-probabilities around the model's, nats


def batch(job: Job, config: TrainConfig, prompts: list[list[int]]) -> list[Group]:
    """A group of job.samples for each prompt, of different lengths."""
    rng = np.random.default_rng(0)
    folder = Path(config.model.path)
    vocabulary = models.vocabulary_size(folder)
    model: Any = models.load(folder, config.model.dtype, None)
    groups: list[Group] = []
    for prompt, task in zip(prompts, step_jobs.tasks(config)[0], strict=False):
        rollouts: list[Rollout] = []
        for _ in range(job.samples):
            tokens = rng.integers(0, vocabulary, int(rng.integers(2, job.tokens + 1)))
            known = logprobs(model, prompt, tokens.tolist())
            drawn = (known + rng.normal(0, SPREAD, len(tokens))).astype(np.float32)
            completion = Completion(tokens.tolist(), drawn.tolist(), [0] * len(tokens), "length")
            rollouts.append(Rollout(completion, Verdict(0.0, False), float(rng.choice(REWARDS)), masked=False))
        groups.append(Group(task, prompt, rollouts, 0))
    return groups


@torch.no_grad()
def logprobs(model: Any, prompt: list[int], tokens: list[int]) -> NDArray[np.float32]:
    """Of the tokens after the prompt [T]."""
    logits = model(input_ids=torch.tensor([[*prompt, *tokens[:-1]]])).logits[0, len(prompt) - 1 :]
    return logits.log_softmax(-1).gather(-1, torch.tensor(tokens)[:, None]).squeeze(-1).numpy()


async def ours(config: TrainConfig, data: list[Datum]) -> tuple[float, float, float]:
    """Loss, gradient norm and share of clipped ratios of the trainers that a run has."""
    cluster = config.cluster.model_copy(update={"engines": 0})
    model = config.model
    policy = await ClusterPolicy.open(Path(model.path), model.dtype, None, model.max_seq_len, cluster, True)
    try:
        result = await policy.forward_backward(
            data, Loss(config.loss.name, config.loss.options, config.rollout.temperature)
        )
        step = await policy.optim_step(AdamParams(learning_rate=0.0))
    finally:
        await policy.close()
    return result.metrics["loss:sum"], step["grad_norm"], result.metrics["pg_clipfrac:mean"]


def advantages_of(group: Group, config: TrainConfig) -> Sequence[float]:
    return group_advantages([rollout.reward for rollout in group.rollouts], config.loss.advantage).tolist()


def tensors(groups: list[Group], config: TrainConfig, padding: int) -> dict[str, torch.Tensor]:
    """The batch as TRL has it: prompts padded on the left, completions on the right."""
    rows = [
        (group.prompt, rollout.completion, advantage)
        for group in groups
        for rollout, advantage in zip(group.rollouts, advantages_of(group, config), strict=True)
    ]
    before = max(len(prompt) for prompt, _, _ in rows)
    after = max(len(completion.tokens) for _, completion, _ in rows)

    def left(values: list[int], fill: int) -> list[int]:
        return [fill] * (before - len(values)) + values

    def right(values: list[Any], fill: Any) -> list[Any]:
        return values + [fill] * (after - len(values))

    return {
        "prompt_ids": torch.tensor([left(prompt, padding) for prompt, _, _ in rows]),
        "prompt_mask": torch.tensor([left([1] * len(prompt), 0) for prompt, _, _ in rows]),
        "completion_ids": torch.tensor([right(each.tokens, padding) for _, each, _ in rows]),
        "completion_mask": torch.tensor([right([1] * len(each.tokens), 0) for _, each, _ in rows]),
        "old_per_token_logps": torch.tensor([right(each.logprobs, 0.0) for _, each, _ in rows]),
        "advantages": torch.tensor([advantage for _, _, advantage in rows], dtype=torch.float32),
    }


def check(job: Job, config: TrainConfig, questions: list[list[int]]) -> dict[str, Any]:
    """Both sides' loss and gradient norm of the batch, their relative differences, and whether these are within
    TOLERANCE."""
    groups = batch(job, config, questions)
    data = to_data(groups, config.loss, job.tokens)
    *values, clipped = asyncio.run(ours(config, data))
    found = {"rlve": tuple(values)}
    trainer = grpo(job, config, job.rows, questions, lambda **_: [], [], defaultdict(list))
    ends = sorted(models.end_tokens(Path(config.model.path)))
    found["trl"] = loss_and_norm(trainer, tensors(groups, config, ends[0]))
    gaps = [abs(a - b) / abs(b) for a, b in zip(found["rlve"], found["trl"], strict=True)]
    return {
        "loss": {side: values[0] for side, values in found.items()},
        "grad_norm": {side: values[1] for side, values in found.items()},
        "relative_difference": dict(zip(("loss", "grad_norm"), gaps, strict=True)),
        "tolerance": TOLERANCE,
        "agree": max(gaps) <= TOLERANCE,
        "clipped_share": clipped,
    }


def checked(name: str = "tiny/32") -> dict[str, Any]:
    """The check with the model, prompts and settings of a job."""
    job = JOBS[name]
    config = step_jobs.configuration(job, 1, Path("outputs"), ("cluster.trainers=2",))
    prompts = Prompts(Path(config.model.path), config.model)
    questions = Judge(config, prompts, step_jobs.tasks(config)[0]).questions[:PROMPTS]
    return check(job, config, questions)
