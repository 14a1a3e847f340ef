"""What a round is measured by: from groups and learning results to the metrics that `tracking` names."""

from collections.abc import Mapping, Sequence

from environments.catalog import short_name
from environments.problem import OUTCOMES
from rlve.bottleneck import TAIL
from rlve.ledger import REASONS, Tokens
from rlve.policy import SyncReport
from rlve.prompts import Prompts
from rlve.stage_clock import STAGES, Seconds
from rlve.stream import Round
from rlve.tracking import RolloutText
from rlve.turns import is_session
from rlve.types import Completion, Group

ERRORS = ("unreadable", "too_long", "breaks_rules", "timeout", "crash")
DROPPED = ("stale", "aborted", "error", "masked")

LEARNED = (
    "loss",
    "grad_norm",
    "learning_rate",
    "logprob_gap_max",
    "pg_clipfrac",
    "ppo_kl",
    "entropy",
    "correction_weight_mean",
    "correction_changed_share",
)

DRIVER_STAGES = {
    "rollout": "waiting",
    "train": "train",
    "sync": "sync",
    "checkpoint": "checkpoint",
    "evaluation": "evaluation",
}
"""Metric → stage: what the driver itself was at, one after the other."""


def round_metrics(
    sampled: Round,
    learned: Mapping[str, float],
    sync: SyncReport,
    seconds: Seconds,
    levels: Mapping[str, int],
) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """The metrics of the round and those of each environment."""
    counts, finished = sampled.counts, sampled.finished
    metrics: dict[str, float] = {
        **_quality(finished),
        **_lengths(finished),
        **{
            f"rollout/groups_{name}": counts[name]
            for name in ("submitted", "finished", "trained", "carried", "surplus")
        },
        **{f"rollout/groups_dropped_{reason}": counts[f"dropped_{reason}"] for reason in DROPPED},
        **{f"rollout/zero_variance_{side}": counts[f"zero_variance_{side}"] for side in ("right", "wrong")},
        **{f"rollout/errors_{error}": sampled.errors[error] for error in ERRORS},
        **{f"seconds/{name}": seconds.busy(stage) for name, stage in DRIVER_STAGES.items() if seconds.busy(stage)},
        "seconds/round": seconds.wall,
        "speed/generated_tokens_per_second": _rate(sampled.generated_tokens, seconds.busy("engines")),
        "speed/trained_tokens_per_second": _rate(learned.get("trained_tokens", 0.0), seconds.busy("train")),
        "sync/version": sync.version,
        "sync/verified": sync.tensors,
        "sync/probe_gap": sync.probe_gap,
        "sync/collective": float(sync.transport == "collective"),
        "sync/bytes": sync.byte_count,
        **{f"memory/{stage}_gib": size / 2**30 for stage, size in sync.peak_bytes.items()},
    }
    metrics |= {f"train/{name}": learned[name] for name in LEARNED if name in learned}
    if "computed_tokens" in learned:
        metrics["train/packing_efficiency"] = learned["unique_tokens"] / learned["computed_tokens"]
        metrics["train/shared_prefix_share"] = 1 - learned["unique_tokens"] / learned["tokens"]
    environments: dict[str, dict[str, float]] = {}
    for name, level in levels.items():
        groups = [group for group in finished if group.task.environment == name]
        values: dict[str, float] = {"level": level, "groups": len(groups)}
        for metric, value in _quality(groups).items():
            values[metric.removeprefix("rollout/").removesuffix("/mean")] = value
        answers = {outcome: sampled.outcomes[name, outcome] for outcome in OUTCOMES}
        values |= {f"answers_{outcome}": count for outcome, count in answers.items() if count}
        environments[short_name(name)] = values
    return metrics, environments


def ledger_metrics(tokens: Tokens, seconds: Seconds) -> dict[str, float]:
    """Where the round's tokens and seconds went."""
    lags = tokens.lags
    return {
        "ledger/drawn": tokens.drawn,
        "ledger/trained": tokens.trained,
        **{f"ledger/dropped_{reason}": tokens.dropped.get(reason, 0) for reason in REASONS},
        "ledger/pending": tokens.pending_after,
        "ledger/kept": tokens.kept,
        **({"ledger/lag_mean": tokens.lag_mean, "ledger/lag_max": max(lags)} if lags else {}),
        **{f"ledger/trained_at_lag_{lag}": count for lag, count in lags.items()},
        **{f"seconds/{stage}_busy": seconds.busy(stage) for stage in STAGES},
        **{f"seconds/{stage}_idle": seconds.idle(stage) for stage in STAGES},
        "seconds/tail": seconds.tail("engines", TAIL),
        "ledger/drafts_in_flight": seconds.depth("engines"),
    }


def sampled_rows(sampled: Round, prompts: Prompts, most: int) -> list[RolloutText]:
    """The first rollout of up to `most` groups as text."""
    return [
        (prompts.decode(group.prompt), prompts.decode(group.rollouts[0].completion.sequence), group, 0)
        for group in sampled.finished[:most]
    ]


def _rate(count: float, seconds: float) -> float:
    return count / seconds if seconds else 0.0


def _quality(groups: Sequence[Group]) -> dict[str, float]:
    rollouts = [rollout for group in groups for rollout in group.rollouts]
    if not rollouts:
        return {}
    return {
        "reward/mean": sum(rollout.reward for rollout in rollouts) / len(rollouts),
        "accuracy/mean": sum(rollout.verdict.correct for rollout in rollouts) / len(rollouts),
        "rollout/effective_prompt_ratio": sum(group.informative for group in groups) / len(groups),
    }


def _lengths(groups: Sequence[Group]) -> dict[str, float]:
    completions = [completion for group in groups for completion in _completions(group)]
    if not completions:
        return {}
    turns = [len(each.turns) for group in groups if is_session(group.task.environment) for each in _completions(group)]
    return {
        **({"rollout/turns_mean": sum(turns) / len(turns)} if turns else {}),
        "rollout/truncated_share": sum(completion.truncated for completion in completions) / len(completions),
        "rollout/masked": sum(rollout.masked for group in groups for rollout in group.rollouts),
        "rollout/completion_tokens_mean": sum(len(completion.tokens) for completion in completions) / len(completions),
        "rollout/completion_tokens_max": max(len(completion.tokens) for completion in completions),
    }


def _completions(group: Group) -> list[Completion]:
    return [rollout.completion for rollout in group.rollouts]
