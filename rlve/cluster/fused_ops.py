"""In the engine on CPU: norms and activations by vLLM's own kernels, in one pass over memory.

Without compilation vLLM computes both by PyTorch, operation after operation: for a small model a tenth of a step.
"""

from typing import Any

import torch
from torch import Tensor

WIDTH = 16
"""The kernels go through rows by so many values, and do not look at a rest."""


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    made = torch.empty(x.shape, dtype=x.dtype)
    torch.ops._C.rms_norm(made, x.contiguous(), weight, epsilon)
    return made


def add_and_rms_norm(x: Tensor, residual: Tensor, weight: Tensor, epsilon: float) -> tuple[Tensor, Tensor]:
    """The norm of the sum, and the sum. Both inputs may be overwritten."""
    x, residual = x.contiguous(), residual.contiguous()
    torch.ops._C.fused_add_rms_norm(x, residual, weight, epsilon)
    return x, residual


def silu_and_multiply(x: Tensor) -> Tensor:
    """silu of the first half of a row, times the second."""
    made = torch.empty((*x.shape[:-1], x.shape[-1] // 2), dtype=x.dtype)
    torch.ops._C.silu_and_mul(made, x.contiguous())
    return made


def install() -> None:
    """Into vLLM's layers, wherever the kernels do what the layer asks for."""
    from vllm.model_executor.layers.activation import SiluAndMul
    from vllm.model_executor.layers.layernorm import RMSNorm

    def norm(self: Any, x: Tensor, residual: Tensor | None = None) -> Any:
        plain = self.has_weight and self.pass_weight and self.pass_weight_add and self.variance_size_override is None
        if not plain or self.weight.dtype != x.dtype or x.shape[-1] % WIDTH:
            return self.forward_native(x, residual)
        if residual is None:
            return rms_norm(x, self.weight.data, self.variance_epsilon)
        return add_and_rms_norm(x, residual, self.weight.data, self.variance_epsilon)

    def activation(self: Any, x: Tensor) -> Tensor:
        return self.forward_native(x) if x.shape[-1] % (2 * WIDTH) else silu_and_multiply(x)

    RMSNorm.forward_cpu, SiluAndMul.forward_cpu = norm, activation
