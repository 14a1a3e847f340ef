"""The arithmetic of a round: prompts, samples, tokens, ranks, micro-batches, optimizer steps."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import environments
from rlve.cluster import packing
from rlve.config import TrainConfig
from rlve.dataset_environment import PREFIX
from rlve.datasets import named
from rlve.evaluation import evaluated
from rlve.plan.lengths import lengths

CHARS_PER_TOKEN = 3.0  # of questions with many digits, each a token


@dataclass(frozen=True)
class Assumptions:
    """What a configuration does not say and a plan needs. *_source: how each is known.

    response_tokens: mean completion; useful_share: finished groups whose rewards differ; node_gpus: of a node.
    """

    response_tokens: float
    response_source: str
    useful_share: float
    useful_source: str
    prompt_tokens: int
    prompt_source: str
    node_gpus: int = 8


@dataclass(frozen=True)
class Batch:
    """One round, and the run. Micro-batches and padded tokens are those of the busiest data rank, by the trainer's own
    packing of drawn lengths; a round's tokens are prompts and completions together. shared_share: those of them that
    are computed with another sample's prompt. context: mean length of the sequence that a token is in, which is what
    its attention costs by.
    """

    prompts: int
    samples_per_prompt: int
    samples: int
    prompt_tokens: int
    response_tokens: float
    round_tokens: float
    round_tokens_bound: int
    fetched_groups: int
    finished_groups: float
    data_ranks: int
    samples_per_rank: int
    micro_batches: int
    padded_tokens: int
    longest: int
    context: int
    padding_share: float
    shared_share: float
    steps_per_round: int
    samples_per_step: int
    rounds: int
    optimizer_steps: int
    checkpoints: int
    checkpoints_kept: int
    evaluations: int
    evaluation_problems: int
    policy_lag: int

    @property
    def key_repeats(self) -> float:
        """How often the attention of packed rows has a token's key: a prompt's once for each of its samples."""
        prompt, responses = self.prompt_tokens, self.samples_per_prompt * self.response_tokens
        return (self.samples_per_prompt * prompt + responses) / (prompt + responses)


def assumptions(
    config: TrainConfig,
    response_tokens: float | None,
    useful_share: float | None,
    prompt_tokens: int | None,
    node_gpus: int = 8,
) -> Assumptions:
    """The given ones; else 0.4 of the cap, half of the groups, and the length of the environments' own questions."""
    cap = config.rlve.rollout_max_response_len
    response = response_tokens or 0.4 * cap
    response_source = "given" if response_tokens else "assumed: 0.4 of rlve.rollout_max_response_len"
    if not config.rlve.use_dynamic_sampling_filter:
        useful, useful_source = 1.0, "rlve.use_dynamic_sampling_filter=false: every group trains"
    elif useful_share:
        useful, useful_source = useful_share, "given"
    else:
        useful, useful_source = 0.5, "assumed"
    if prompt_tokens:
        prompt, prompt_source = prompt_tokens, "given"
    else:
        prompt, level = _question_tokens(config), config.curriculum.initial_level
        prompt_source = f"questions of level {level}, {CHARS_PER_TOKEN:g} characters a token (assumed)"
    return Assumptions(response, response_source, useful, useful_source, prompt, prompt_source, node_gpus)


def _question_tokens(config: TrainConfig) -> int:
    names = [name for name in named(config) if not name.startswith(PREFIX)]  # the rows of a data set are not read
    chars = [
        len(environments.question(environments.generate(environments.load(name), config.curriculum.initial_level, 0)))
        for name in names
    ] or [config.curriculum.prompt_chars]
    return max(1, round(sum(chars) / len(chars) / CHARS_PER_TOKEN))


def batch(config: TrainConfig, assumed: Assumptions) -> Batch:
    rlve, evaluation, cluster = config.rlve, config.evaluation, config.cluster
    samples = rlve.rollout_batch_size * rlve.n_samples_per_prompt
    cap = max(1, min(rlve.rollout_max_response_len, config.model.max_seq_len - assumed.prompt_tokens))
    drawn = [
        assumed.prompt_tokens + length for length in lengths(assumed.response_tokens, cap, samples, Random(config.seed))
    ]
    steps = config.loss.steps_per_round * config.loss.epochs
    step_samples = math.ceil(samples / config.loss.steps_per_round)
    ranks = cluster.trainers // cluster.sequence_parallel
    micro_batches, padded, computed = _packed(drawn[:step_samples], config, assumed.prompt_tokens)
    rounds, every = rlve.num_rollout, config.checkpoint.every
    measured = evaluated(config, named(config))
    problems = len(evaluation.levels) * evaluation.problems_per_level * len(measured)
    during = rounds // evaluation.every if evaluation.every else 0
    checkpoints = math.ceil(rounds / every)
    return Batch(
        prompts=rlve.rollout_batch_size,
        samples_per_prompt=rlve.n_samples_per_prompt,
        samples=samples,
        prompt_tokens=assumed.prompt_tokens,
        response_tokens=min(assumed.response_tokens, cap),
        round_tokens=float(sum(drawn)),
        round_tokens_bound=samples * (assumed.prompt_tokens + cap),
        fetched_groups=rlve.over_sampling_batch_size,
        finished_groups=rlve.rollout_batch_size / assumed.useful_share,
        data_ranks=ranks,
        samples_per_rank=math.ceil(step_samples / ranks),
        micro_batches=micro_batches,
        padded_tokens=padded,
        longest=assumed.prompt_tokens + cap,
        context=round(sum(size * size for size in drawn) / sum(drawn)),
        padding_share=max(0.0, 1 - computed / (padded * ranks)),
        shared_share=1 - computed / sum(drawn[:step_samples]),
        steps_per_round=steps,
        samples_per_step=step_samples,
        rounds=rounds,
        optimizer_steps=rounds * steps,
        checkpoints=checkpoints,
        checkpoints_kept=min(config.checkpoint.keep, checkpoints),
        evaluations=(2 + during) if problems else 0,
        evaluation_problems=problems,
        policy_lag=config.rollout.max_policy_lag,
    )


def _packed(sizes: Sequence[int], config: TrainConfig, prompt: int) -> tuple[int, int, int]:
    """Of one optimizer step: micro-batches and padded tokens of the rank that has most, and all that are not padding.

    sizes: of prompts of `prompt` tokens with their completions, the samples of each prompt one after the other.
    """
    cluster, samples = config.cluster, config.rlve.n_samples_per_prompt
    trees = packing.singles(sizes)
    if cluster.packing:
        groups = [trees[start : start + samples] for start in range(0, len(trees), samples)]
        trees = [tree for group in groups for tree in packing.joined(group, prompt, cluster.group_tokens)]
    batches = packing.spread(trees, cluster, config.rlve.balance_data)
    useful = sum(tree.tokens for rank in batches for batch in rank for tree in batch.trees)
    return max(map(len, batches)), max(sum(batch.padded_tokens for batch in rank) for rank in batches), useful
