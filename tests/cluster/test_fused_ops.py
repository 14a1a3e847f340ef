"""vLLM's kernels for CPU against the formulas."""

import pytest
import torch
from torch.nn import functional

from rlve.cluster import fused_ops


@pytest.fixture(scope="module", autouse=True)
def kernels() -> None:
    from vllm.platforms import current_platform

    current_platform.import_kernels()


def formula(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    x = x.float()
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * weight.float()


@pytest.mark.parametrize(("dtype", "limit"), [(torch.float32, 1e-5), (torch.bfloat16, 3e-2)])
@pytest.mark.parametrize("width", [16, 32, 128, 896])
def test_norms_and_activations_are_those_of_the_formulas(width: int, dtype: torch.dtype, limit: float) -> None:
    generator = torch.Generator().manual_seed(0)
    wide = torch.randn(5, 3 * width, generator=generator).to(dtype)
    weight = torch.rand(width, generator=generator).to(dtype)
    rows = wide[:, width : 2 * width]  # rows of a wider tensor, as queries are
    heads = wide.view(5, 3, width)
    for x in (rows, heads, wide[:1, :width]):
        found = fused_ops.rms_norm(x, weight, 1e-6)
        torch.testing.assert_close(found.float(), formula(x, weight), rtol=limit, atol=limit)
    x, residual = rows.clone(), wide[:, :width].clone()
    expected = (rows.float() + wide[:, :width].float()).to(dtype)
    normed, total = fused_ops.add_and_rms_norm(x, residual, weight, 1e-6)
    torch.testing.assert_close(total.float(), expected.float(), rtol=limit, atol=limit)
    torch.testing.assert_close(normed.float(), formula(expected, weight), rtol=limit, atol=2 * limit)
    found = fused_ops.silu_and_multiply(wide[:, : 2 * width])
    expected = functional.silu(wide[:, :width].float()) * wide[:, width : 2 * width].float()
    torch.testing.assert_close(found.float(), expected, rtol=limit, atol=2 * limit)
