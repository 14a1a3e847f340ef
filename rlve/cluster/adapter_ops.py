"""vLLM's adapter products on CPU, one matrix product per adapter in place of a copy of its weights per token.

The engine's own also give a token without adapter (index −1) the adapter in the last place, once all places are taken.
"""

from typing import Any

import torch
from torch import Tensor

ROWS = 8
"""Products of fewer rows are rounded otherwise; with so many a row's result does not depend on what is beside it."""


def products(inputs: Tensor, weights: Tensor, indices: Tensor, dtype: torch.dtype) -> Tensor:
    """inputs [N, I], weights [adapters, 1?, O, I], indices [N] → [N, O], zero where an index is −1."""
    weights = weights.squeeze(1) if weights.dim() == 4 else weights
    inputs = inputs.to(dtype)
    made = torch.zeros(len(inputs), weights.shape[1], dtype=dtype)
    for index in torch.unique(indices).tolist():
        if index >= 0:
            rows = indices == index
            made[rows] = _product(inputs[rows], weights[index].to(dtype))
    return made


def _product(inputs: Tensor, matrix: Tensor) -> Tensor:
    if len(inputs) >= ROWS:
        return inputs @ matrix.T
    padded = inputs.new_zeros(ROWS, inputs.shape[1])
    padded[: len(inputs)] = inputs
    return (padded @ matrix.T)[: len(inputs)]


def shrink(
    inputs: Tensor, lora_b_weights: Tensor, output_tensor: Tensor, lora_indices_tensor: Tensor, scaling: float = 1.0
) -> None:
    made = products(inputs, lora_b_weights, lora_indices_tensor, output_tensor.dtype)
    output_tensor[:, : made.shape[1]] = scaling * made


def expand(
    inputs: Tensor, lora_b_weights: Tensor, output_tensor: Tensor, lora_indices_tensor: Tensor, add_inputs: bool = True
) -> None:
    made = products(inputs, lora_b_weights, lora_indices_tensor, output_tensor.dtype)
    # Adapter and layer may be padded to different widths.
    _put(output_tensor, made[:, : output_tensor.shape[1]], 0, add_inputs)


def expand_slice(
    inputs: Tensor,
    lora_b_weights: Tensor,
    output_tensor: Tensor,
    lora_indices_tensor: Tensor,
    slice_offset: int,
    slice_size: int,
    add_inputs: bool = True,
) -> None:
    made = products(inputs, lora_b_weights, lora_indices_tensor, output_tensor.dtype)
    _put(output_tensor, made[:, :slice_size], slice_offset, add_inputs)


def _put(output: Tensor, made: Tensor, offset: int, add: bool) -> None:
    place = output[: len(made), offset : offset + made.shape[1]]
    if add:
        place += made
    else:
        place.copy_(made)


def install() -> None:
    """Takes the place of the engine's products in this process, where it computes on the CPU."""
    from vllm.lora.ops.torch_ops import lora_ops
    from vllm.lora.punica_wrapper import punica_cpu

    ours: dict[str, Any] = {"bgmv_shrink": shrink, "bgmv_expand": expand, "bgmv_expand_slice": expand_slice}
    for module in (lora_ops, punica_cpu):
        for name, function in ours.items():
            setattr(module, name, function)
