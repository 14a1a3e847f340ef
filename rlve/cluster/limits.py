"""What a process's device does at best, measured in a fraction of a second: the best of a few tries counts."""

import time
from collections.abc import Callable
from typing import Any

from rlve.policy import Limits

TRY_SECONDS = 0.2  # of each rate
BLOCK_BYTES = 256 * 2**20  # more than a cache holds
MATRIX_SIZE = {"cpu": 768, "cuda": 8192}


def of_process(device: str, dtype: str, threads: int) -> Limits:
    """Where one process samples and trains."""
    return Limits(read_rate(device, threads), matrix_rate(device, dtype, threads), copy_rate(device, threads))


def of_trainer(_: Any, device: str, dtype: str, threads: int) -> tuple[float, float]:
    """Matrix rate and copy rate, in a trainer's process; the first argument is the actor."""
    return matrix_rate(device, dtype, threads), copy_rate(device, threads)


def read_rate(device: str, threads: int) -> float:
    """Bytes of memory read in a second."""
    import torch

    block = torch.ones(BLOCK_BYTES // 4, device=device)
    return BLOCK_BYTES / _fastest(block.sum, device, threads)


def matrix_rate(device: str, dtype: str, threads: int) -> float:
    """Floating-point operations of square matrix products in a second."""
    import torch

    size = MATRIX_SIZE[device]
    left = torch.ones(size, size, device=device, dtype=getattr(torch, dtype))
    out = torch.empty_like(left)
    return 2 * size**3 / _fastest(lambda: torch.mm(left, left, out=out), device, threads)


def copy_rate(device: str, threads: int) -> float:
    """Bytes copied in a second from the device's memory to the machine's."""
    import torch

    block = torch.ones(BLOCK_BYTES // 8, device=device)
    target = torch.empty(block.shape)
    return BLOCK_BYTES / 2 / _fastest(lambda: target.copy_(block), device, threads)


def _fastest(work: Callable[[], object], device: str, threads: int) -> float:
    """Seconds of the fastest of at least two runs after a first, on so many threads of a CPU."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        spent: list[float] = []
        while len(spent) < 3 or sum(spent) < TRY_SECONDS:
            started = time.perf_counter()
            work()
            if device == "cuda":
                torch.cuda.synchronize()
            spent.append(time.perf_counter() - started)
    finally:
        torch.set_num_threads(before)
    return min(spent[1:])
