"""Sequence parallelism by DeepSpeed Ulysses (arXiv 2309.14509): a group of trainers shares every sequence.

Outside of attention a rank holds a slice of each sequence; within it all of the sequence, for some of the heads. The
group's gradient is the sum of its ranks' gradients, and so is that of data ranks: they need not be told apart there.
"""

from math import lcm
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rlve.cluster import attention
from rlve.config import ConfigError

ATTENTION = "ulysses"
OPTION = "cluster.sequence_parallel=1"


def check(path: Path, size: int) -> None:
    """ConfigError where a group of `size` cannot share the attention heads of the model in `path`."""
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(path, local_files_only=True).get_text_config()
    heads = int(config.num_attention_heads)
    if heads % size:
        legal = ", ".join(str(each) for each in range(1, heads + 1) if heads % each == 0)
        raise ConfigError(
            f"cluster.sequence_parallel: the ranks of a group share the model's {heads} attention heads equally, which "
            f"{size} ranks cannot; set it to one of {legal}"
        )
    rope = getattr(config, "rope_parameters", None) or {}
    kinds = {each.get("rope_type") for each in (rope, *rope.values()) if isinstance(each, dict)}
    if size > 1 and kinds & {"dynamic", "longrope"}:
        raise ConfigError(
            "cluster.sequence_parallel: this model's rotary embedding depends on the length of the sequence, of which "
            "a rank holds a slice; set cluster.sequence_parallel=1"
        )


class SequenceGroup:
    """This rank's group of `size` neighbouring ranks. Every rank makes one, at the same time."""

    def __init__(self, size: int) -> None:
        rank, world_size = torch.distributed.get_rank(), torch.distributed.get_world_size()
        self.size, self.rank = size, rank % size
        self.process_group: Any = None
        for first in range(0, world_size, size) if size > 1 else ():
            process_group = torch.distributed.new_group(list(range(first, first + size)))
            if first <= rank < first + size:
                self.process_group = process_group

    def padded(self, width: int) -> int:
        """The width that a group can share."""
        return -(-width // self.size) * self.size

    def share(self, whole: Tensor) -> Tensor:
        """[B, T] → this rank's slice [B, T / size]."""
        return whole.tensor_split(self.size, 1)[self.rank]

    def whole(self, share: Tensor) -> Tensor:
        """[B, T / size] of every rank → [B, T]; without gradient."""
        if self.size == 1:
            return share
        shares = [torch.empty_like(share) for _ in range(self.size)]
        torch.distributed.all_gather(shares, share.contiguous(), group=self.process_group)
        return torch.cat(shares, 1)

    def install(self, model: Any) -> None:
        """A transformers model's attention becomes the group's."""
        if self.size > 1:
            attention.install(model, ATTENTION, self._attention(), OPTION)

    def _attention(self) -> Any:
        from deepspeed.sequence.layer import DistributedAttention

        exchange = DistributedAttention(_attend, self.process_group, scatter_idx=2, gather_idx=1)  # type: ignore[arg-type]

        def shared(
            module: Any,
            query: Tensor,
            key: Tensor,
            value: Tensor,
            attention_mask: Tensor | None,
            scaling: float | None = None,
            dropout: float = 0.0,
            sliding_window: int | None = None,
            **others: Any,
        ) -> tuple[Tensor, None]:
            """query, key, value: [B, heads, T / size, d] → [B, T / size, heads, d]."""
            attention.refuse_others(module, attention_mask, others, OPTION)
            # Fewer key heads than ranks: each is sent to all ranks whose query heads read it.
            repeats = lcm(key.shape[1], self.size) // key.shape[1]
            key, value = (_repeated(each, repeats) for each in (key, value))
            query, key, value = (each.transpose(1, 2) for each in (query, key, value))
            return exchange(query, key, value, 0, None, scaling, dropout, sliding_window), None

        return shared


def _repeated(heads: Tensor, times: int) -> Tensor:
    return heads if times == 1 else heads.repeat_interleave(times, 1)


def _attend(
    query: Tensor, key: Tensor, value: Tensor, scaling: float | None, dropout: float, window: int | None
) -> Tensor:
    """[B, T, heads, d] → [B, T, heads, d]."""
    query, key, value = (each.transpose(1, 2) for each in (query, key, value))
    return attention.causal(query, key, value, scaling, dropout, window)
