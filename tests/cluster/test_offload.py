"""A trainer put aside in the middle of its work goes on from the same bits, in the same objects."""

import torch

from rlve.cluster.offload import HostMemory


def step(model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> None:
    model(torch.ones(2, 3)).square().sum().backward()
    optimizer.step()


def test_parameters_gradients_views_and_optimizer_states_come_back_bit_by_bit() -> None:
    # As DeepSpeed does: parameters are views into one flat buffer.
    flat = torch.linspace(-1, 1, 12)
    first, last = torch.nn.Linear(3, 3, bias=False), torch.nn.Linear(3, 1, bias=False)
    first.weight.data = flat[:9].view(3, 3)
    last.weight.data = flat[9:].view(1, 3)
    model = torch.nn.Sequential(first, last)
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.1)
    step(model, optimizer)  # a step's gradient stays, as one that is pending does
    held = [flat, *(p.grad for p in model.parameters() if p.grad is not None)]
    held += [value for state in optimizer.state.values() for value in state.values() if value.dim()]
    before = [each.clone() for each in held]
    lent = torch.arange(3)
    numbers = lent.numpy()
    host = HostMemory("cpu")
    host.put_aside()
    assert all(each.untyped_storage().nbytes() == 0 for each in held)
    assert numbers.tolist() == [0, 1, 2]
    host.take_back()
    assert len(held) == 7
    for each, was in zip(held, before, strict=True):
        assert torch.equal(each, was)
    assert last.weight.untyped_storage().data_ptr() == flat.untyped_storage().data_ptr()
    step(model, optimizer)
    assert torch.equal(flat[9:], last.weight[0])
    assert not torch.equal(flat, before[0])
