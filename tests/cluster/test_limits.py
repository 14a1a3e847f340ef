"""What this machine does at best is measured quickly, and the thread count stays as it was."""

import asyncio
import time
from pathlib import Path

import torch

from rlve import models
from rlve.cluster import limits
from rlve.cluster.policy import ClusterPolicy
from rlve.local import LocalPolicy
from rlve.policy import Measured
from tests.test_conf import composed


def test_rates_are_those_of_a_machine_and_take_about_a_second(tmp_path: Path) -> None:
    model = composed(f"model.cache={tmp_path}").model
    policy = LocalPolicy(models.folder(model), model.dtype, None, 64)
    assert isinstance(policy, Measured)
    assert issubclass(ClusterPolicy, Measured)
    threads = torch.get_num_threads()
    started = time.perf_counter()
    found = asyncio.run(policy.limits())
    # On a machine that others load, too.
    assert time.perf_counter() - started < 8
    # From a slow laptop to the best server.
    assert 0.2e9 < found.copy_bytes_per_second < 2e12
    assert 0.5e9 < found.read_bytes_per_second < 4e12
    assert 1e9 < found.matrix_flops_per_second < 1e15
    assert torch.get_num_threads() == threads
    asyncio.run(policy.close())


def test_matrix_products_are_counted_as_two_operations_an_entry() -> None:
    size = limits.MATRIX_SIZE["cpu"]
    left = torch.ones(size, size)
    started = time.perf_counter()
    for _ in range(5):
        torch.mm(left, left)
    slow = 5 * 2 * size**3 / (time.perf_counter() - started)
    # The best run is no slower than the mean of five, of which the first allocates; others may load the machine.
    assert limits.matrix_rate("cpu", "float32", torch.get_num_threads()) > slow / 3
