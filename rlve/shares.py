"""How much of what the machine can do a round did: bytes and operations by formula over limits that were measured.

Prefill, sampling and recomputation are not counted as work, so that each share is at most the true one.
"""

from collections.abc import Iterable
from typing import Protocol

from rlve.config import TrainConfig
from rlve.ledger import Tokens
from rlve.policy import Limits, SyncReport
from rlve.stage_clock import Seconds
from rlve.types import Group


class Costs(Protocol):
    """What a model costs, as `rlve.plan.work.Work` knows it."""

    @property
    def weight_bytes(self) -> int: ...

    @property
    def kv_bytes(self) -> int:
        """Of one token."""
        ...

    def train_flops(self, length: int) -> float:
        """Per token of a sequence of `length`."""
        ...


def decoded_bytes(tokens: Tokens, seconds: Seconds, costs: Costs, config: TrainConfig) -> float:
    """Weights once per decode step, and the keys and values of every token attended to.

    Steps follow from how many drafts ran at once: each step of an engine takes all of its drafts one token further, so
    their longest samples, summed, are its steps times the drafts that it ran on average.
    """
    engines, samples = config.cluster.engines, config.rlve.n_samples_per_prompt
    running = min(seconds.depth("engines") / engines, config.cluster.engine_sequences / samples)
    steps = tokens.longest / max(1.0, running)
    return steps * costs.weight_bytes + tokens.attended * costs.kv_bytes


def training_flops(groups: Iterable[Group], costs: Costs, epochs: int) -> float:
    """Forward and backward passes over every sample that trains, as MFU counts them."""
    lengths = [
        len(group.prompt) + len(rollout.completion.sequence) - 1
        for group in groups
        for rollout in group.compared
        if rollout.completion.tokens
    ]
    return epochs * sum(length * costs.train_flops(length) for length in lengths)


def shares(
    config: TrainConfig,
    tokens: Tokens,
    seconds: Seconds,
    trained: Iterable[Group],
    sync: SyncReport,
    costs: Costs,
    limits: Limits,
) -> dict[str, float]:
    """Metrics of a round; what did not happen in it has none."""
    found: dict[str, float] = {}
    if (busy := seconds.busy("engines")) and tokens.longest:
        moved = decoded_bytes(tokens, seconds, costs, config)
        found["ledger/decode_bandwidth_share"] = moved / busy / limits.read_bytes_per_second
    if busy := seconds.busy("train"):
        computed = training_flops(trained, costs, config.loss.epochs)
        found["ledger/train_matrix_share"] = computed / busy / limits.matrix_flops_per_second
    if sync.byte_count and sync.seconds:
        found["ledger/sync_copy_share"] = sync.byte_count / sync.seconds / limits.copy_bytes_per_second
    return found
