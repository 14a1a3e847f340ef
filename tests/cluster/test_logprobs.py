"""Chunked log-probabilities are those of the whole logits, and so is their gradient."""

from pathlib import Path
from typing import Any

import pytest
import torch

from rlve import models
from rlve.cluster.logprobs import TargetLogprobs
from rlve.config import ModelConfig


@pytest.mark.parametrize("chunk_count", [1, 3, 7])
def test_chunks_change_neither_values_nor_gradient(tmp_path: Path, chunk_count: int) -> None:
    tiny = ModelConfig(
        path="tiny",
        revision=None,
        dtype="float32",
        max_seq_len=64,
        template="plain",
        template_kwargs={},
        system_prompt=None,
        base_template=None,
        think_end=None,
        marker="tags",
        cache=str(tmp_path),
    )
    model: Any = models.load(models.folder(tiny), "float32", None)
    generator = torch.Generator().manual_seed(0)
    tokens, targets = torch.randint(0, 1000, (2, 2, 9), generator=generator)
    weights = torch.randn(2, 9, generator=generator)

    whole = torch.log_softmax(model(tokens).logits / 0.7, -1).gather(-1, targets[..., None]).squeeze(-1)
    (whole * weights).sum().backward()
    expected = model.model.embed_tokens.weight.grad.clone()
    model.zero_grad()
    chunked = TargetLogprobs(model)(tokens, targets, 0.7, chunk_count)
    (chunked * weights).sum().backward()
    torch.testing.assert_close(chunked, whole, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(model.model.embed_tokens.weight.grad, expected, rtol=1e-4, atol=1e-5)
