"""Log-probabilities of given targets without ever holding the logits of a whole batch."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from rlve.cluster.attention import Parts
from rlve.models import causal_model


class TargetLogprobs(nn.Module):
    """input_ids [B, T], places and targets [E] → log-probabilities [E] float32 of logits / temperature.

    places: in the flattened [B · T], where the model has said what comes next; None: everywhere.
    The logits [E, vocabulary] are made in chunk_count near-equal parts, of which only one is ever held.

    row_parts: what the rows hold, for attention.of_rows. With None a token sees all before it: rows are padded on the
    right, so that a real position never sees padding.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        input_ids: Tensor,
        positions: Tensor,
        row_parts: Parts | None,
        places: Tensor | None,
        targets: Tensor,
        temperature: float,
        chunk_count: int,
    ) -> Tensor:
        causal: Any = causal_model(self.model)
        with_parts = {} if row_parts is None else {"row_parts": row_parts}
        hidden = causal.base_model(
            input_ids=input_ids, position_ids=positions, use_cache=False, **with_parts
        ).last_hidden_state.flatten(0, 1)
        rows = hidden if places is None else hidden.index_select(0, places)
        head = causal.get_output_embeddings()
        if chunk_count == 1:
            return _select(head, rows, targets, temperature)
        parts = [
            # Recomputing a chunk's logits in the backward pass is what keeps only one chunk of them alive.
            checkpoint(_select, head, chunk, chunk_targets, temperature, use_reentrant=False)
            for chunk, chunk_targets in zip(
                rows.tensor_split(chunk_count), targets.tensor_split(chunk_count), strict=True
            )
        ]
        return torch.cat(parts)


def _select(head: nn.Module, rows: Tensor, targets: Tensor, temperature: float) -> Tensor:
    logits = head(rows).float()
    if temperature != 1:
        logits = logits / temperature
    # In one kernel, where a gather and a log-sum-exp would hold the logits several times.
    return -cross_entropy(logits, targets, reduction="none")
