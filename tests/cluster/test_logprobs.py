"""Chunked log-probabilities are those of the whole logits, and so is their gradient."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from rlve import models
from rlve.cluster.logprobs import TargetLogprobs
from rlve.models import tiny


def of_all(model: Any, tokens: torch.Tensor, targets: torch.Tensor, temperature: float, chunk_count: int) -> Any:
    """Log-probabilities of targets at every place of rows [B, T]."""
    positions = torch.arange(tokens.shape[1])[None]
    return TargetLogprobs(model)(tokens, positions, None, None, targets.flatten(), temperature, chunk_count)


@pytest.mark.parametrize("chunk_count", [1, 3, 7])
def test_chunks_change_neither_values_nor_gradient(tmp_path: Path, chunk_count: int) -> None:
    model: Any = models.load(tiny.make(tmp_path), "float32", None)
    generator = torch.Generator().manual_seed(0)
    tokens, targets = torch.randint(0, 1000, (2, 2, 9), generator=generator)
    weights = torch.randn(2, 9, generator=generator)

    whole = torch.log_softmax(model(tokens).logits / 0.7, -1).gather(-1, targets[..., None]).squeeze(-1)
    (whole * weights).sum().backward()
    expected = model.model.embed_tokens.weight.grad.clone()
    model.zero_grad()
    chunked = of_all(model, tokens, targets, 0.7, chunk_count).view_as(targets)
    (chunked * weights).sum().backward()
    torch.testing.assert_close(chunked, whole, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(model.model.embed_tokens.weight.grad, expected, rtol=1e-4, atol=1e-5)


def test_activation_checkpoints_keep_less_for_the_backward_pass(tmp_path: Path) -> None:
    def kept(checkpoints: bool) -> int:
        """Bytes that the forward pass keeps, but for the weights themselves."""
        model: Any = models.load(tiny.make(tmp_path), "float32", None)
        if checkpoints:
            model.gradient_checkpointing_enable({"use_reentrant": False})
            model.enable_input_require_grads()
        weights = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
        found: dict[int, torch.Tensor] = {}

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            found[tensor.untyped_storage().data_ptr()] = tensor
            return tensor

        tokens = torch.zeros(4, 64, dtype=torch.long)
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            of_all(model, tokens, tokens, 1.0, 8)
        return sum(each.untyped_storage().nbytes() for place, each in found.items() if place not in weights)

    assert kept(True) < kept(False) / 4


def test_the_logits_of_a_batch_are_never_held_whole() -> None:
    """Peak memory of a forward and a backward pass over 512 tokens of a vocabulary of 150k stays a few chunks'."""
    code = """
import torch
from transformers import Qwen3Config, Qwen3ForCausalLM
from rlve.cluster.logprobs import TargetLogprobs

sizes = dict(hidden_size=8, intermediate_size=8, num_hidden_layers=1, num_attention_heads=1, num_key_value_heads=1)
model = Qwen3ForCausalLM(Qwen3Config(vocab_size=150_000, head_dim=8, **sizes)).to(torch.bfloat16)
tokens = torch.zeros(2, 256, dtype=torch.long)
target_logprobs = TargetLogprobs(model)

def logprobs(tokens, chunk_count):
    return target_logprobs(tokens, torch.arange(tokens.shape[1])[None], None, None, tokens.flatten(), 1.0, chunk_count)

def used(key):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(key)) * 1024

logprobs(tokens[:, :16], 2).sum().backward()
open("/proc/self/clear_refs", "w").write("5")  # the peak begins again
before = used("VmRSS")
out = logprobs(tokens, 16)
forward = used("VmHWM")
assert out.dtype == torch.float32
out.sum().backward()
print(forward - before, used("VmHWM") - before)
"""
    # Below this size malloc keeps what is freed, which would count.
    given = {**os.environ, "MALLOC_MMAP_THRESHOLD_": "1000000"}
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=given)
    chunk = 512 // 16 * 150_000 * 4
    assert all(int(peak) < 6 * chunk for peak in found.stdout.split()), (found.stdout, chunk)
