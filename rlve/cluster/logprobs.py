"""Log-probabilities of given targets without ever holding the logits of a whole batch."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from rlve.models import causal_model


class TargetLogprobs(nn.Module):
    """input_ids [B, T], targets [B, T] → log-probabilities [B, T] float32 of logits / temperature.

    The logits [B · T, vocabulary] are made in chunk_count near-equal parts, of which only one is ever held.

    Rows are padded on the right: under causal attention a real position never sees padding, so no mask is needed.
    first_position: that of the slice of a sequence that these inputs are.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, input_ids: Tensor, targets: Tensor, temperature: float, chunk_count: int, first_position: int = 0
    ) -> Tensor:
        causal: Any = causal_model(self.model)
        positions = torch.arange(first_position, first_position + input_ids.shape[1], device=input_ids.device)[None]
        hidden = causal.base_model(input_ids=input_ids, position_ids=positions, use_cache=False).last_hidden_state
        rows, flat_targets = hidden.flatten(0, 1), targets.flatten()
        head = causal.get_output_embeddings()
        if chunk_count == 1:
            return _select(head, rows, flat_targets, temperature).view_as(targets)
        parts = [
            # Recomputing a chunk's logits in the backward pass is what keeps only one chunk of them alive.
            checkpoint(_select, head, chunk, chunk_targets, temperature, use_reentrant=False)
            for chunk, chunk_targets in zip(
                rows.tensor_split(chunk_count), flat_targets.tensor_split(chunk_count), strict=True
            )
        ]
        return torch.cat(parts).view_as(targets)


def _select(head: nn.Module, rows: Tensor, targets: Tensor, temperature: float) -> Tensor:
    logits = head(rows).float() / temperature
    return logits.gather(-1, targets[:, None]).squeeze(-1) - logits.logsumexp(-1)
