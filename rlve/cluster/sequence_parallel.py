"""Sequence parallelism by DeepSpeed Ulysses (arXiv 2309.14509): a group of trainers shares every sequence.

Outside of attention a rank holds a slice of each sequence; within it all of the sequence, for some of the heads. The
group's gradient is the sum of its ranks' gradients, and so is that of data ranks: they need not be told apart there.
"""

from functools import lru_cache
from math import lcm
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor

from rlve.config import ConfigError

ATTENTION = "ulysses"


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
        if self.size == 1:
            return
        from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

        # It has no mask function, so models make no mask for the slice that they see.
        ALL_ATTENTION_FUNCTIONS.register(ATTENTION, self._attention())
        model.set_attn_implementation(ATTENTION)
        if model.config.get_text_config()._attn_implementation != ATTENTION:
            raise ConfigError(
                f"cluster.sequence_parallel: {type(model).__name__} does not let its attention be chosen; set it to 1"
            )

    def _attention(self) -> Any:
        from deepspeed.sequence.layer import DistributedAttention

        exchange = DistributedAttention(_attend, self.process_group, scatter_idx=2, gather_idx=1)  # type: ignore[arg-type]

        def attention(
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
            unknown = [name for name in ("softcap", "s_aux", "position_bias") if others.get(name) is not None]
            if attention_mask is not None or unknown:
                raise ConfigError(
                    f"cluster.sequence_parallel: the attention of {type(module).__name__} uses "
                    f"{', '.join(unknown) or 'a mask of its own'}, which groups of ranks do not; set it to 1"
                )
            # Fewer key heads than ranks: each is sent to all ranks whose query heads read it.
            repeats = lcm(key.shape[1], self.size) // key.shape[1]
            key, value = (_repeated(each, repeats) for each in (key, value))
            query, key, value = (each.transpose(1, 2) for each in (query, key, value))
            return exchange(query, key, value, 0, None, scaling, dropout, sliding_window), None

        return attention


def _repeated(heads: Tensor, times: int) -> Tensor:
    return heads if times == 1 else heads.repeat_interleave(times, 1)


def _attend(
    query: Tensor, key: Tensor, value: Tensor, scaling: float | None, dropout: float, window: int | None
) -> Tensor:
    """Causal attention over whole sequences, as transformers computes it: [B, T, heads, d] → [B, T, heads, d]."""
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    length = query.shape[1]
    mask = None if window is None or length <= window else _windowed(length, window, query.device)
    layer: Any = SimpleNamespace(num_key_value_groups=query.shape[2] // key.shape[2], is_causal=True)
    query, key, value = (each.transpose(1, 2) for each in (query, key, value))
    return sdpa_attention_forward(layer, query, key, value, mask, dropout, scaling)[0]


@lru_cache(maxsize=1)
def _windowed(length: int, window: int, device: torch.device) -> Tensor:
    """[1, 1, T, T]: a position sees itself and the window − 1 before it. All layers of a micro-batch share it."""
    places = torch.arange(length, device=device)
    behind = places[:, None] - places[None, :]
    return ((behind >= 0) & (behind < window))[None, None]
