import pytest
import torch

from rlve.cluster import adapter_ops

ADAPTERS, OUT, IN = 3, 6, 5


@pytest.mark.parametrize("indices", [[0, 2, 2, 1, 0], [1, 1, 1, 1, 1]])
@pytest.mark.parametrize("stacked", [True, False])
@pytest.mark.parametrize("add", [True, False])
def test_products_are_those_of_the_engine(indices: list[int], stacked: bool, add: bool) -> None:
    from vllm.lora.ops.torch_ops import lora_ops

    generator = torch.Generator().manual_seed(0)
    weights = torch.randn((ADAPTERS, 1, OUT, IN) if stacked else (ADAPTERS, OUT, IN), generator=generator)
    inputs, chosen = torch.randn(len(indices), IN, generator=generator), torch.tensor(indices)
    for ours, theirs, more, width in (
        (adapter_ops.expand, lora_ops.bgmv_expand, (add,), OUT),
        (adapter_ops.expand, lora_ops.bgmv_expand, (add,), OUT - 2),  # padded less than the adapter
        (adapter_ops.expand_slice, lora_ops.bgmv_expand_slice, (2, OUT, add), OUT + 4),
        (adapter_ops.shrink, lora_ops.bgmv_shrink, (0.5,), OUT + 1),
    ):
        expected, found = (torch.ones(len(indices), width) for _ in range(2))
        theirs(inputs, weights, expected, chosen, *more)
        ours(inputs, weights, found, chosen, *more)
        torch.testing.assert_close(found, expected)


def test_a_token_without_adapter_gets_none() -> None:
    inputs, weights = torch.ones(3, IN), torch.ones(ADAPTERS, OUT, IN)
    output = torch.zeros(3, OUT)
    adapter_ops.expand(inputs, weights, output, torch.tensor([-1, 1, -1]))
    assert output[:, 0].tolist() == [0, IN, 0]


def test_a_token_gets_the_same_bits_whatever_else_is_in_the_batch() -> None:
    generator = torch.Generator().manual_seed(0)
    weights, inputs = torch.randn(2, 32, 64, generator=generator), torch.randn(100, 64, generator=generator)
    whole = adapter_ops.products(inputs, weights, torch.arange(100) % 2, torch.float32)
    for count in (1, 2, 3, 7, 8, 31):
        indices = torch.arange(count) % 2
        assert torch.equal(adapter_ops.products(inputs[:count], weights, indices, torch.float32), whole[:count]), count
