"""Sleep on CPU, which vLLM's own CPU worker ignores; on GPUs vLLM's sleep mode does the same.

At level 1 weights go to host memory, where they are already, and the KV cache is given up.
"""

import ctypes
import mmap
from collections.abc import Iterator

import torch
from vllm.v1.worker.cpu_worker import CPUWorker

RELEASE = 4  # MADV_DONTNEED: the addresses stay, the memory goes, and comes back as zeros when it is touched


class SleepingCPUWorker(CPUWorker):
    """Set as worker_cls, so that the engine's sleep and wake_up mean the same on every device."""

    def sleep(self, level: int = 1) -> None:
        if level != 1:
            raise ValueError(f"on CPU the only level of sleep is 1, got {level}")
        for storage in self._kv_storages():
            _release(storage.data_ptr(), storage.nbytes())

    def wake_up(self, tags: list[str] | None = None) -> None:
        """Nothing to do: what is woken is touched again."""

    def _kv_storages(self) -> Iterator[torch.UntypedStorage]:
        seen: set[int] = set()
        for cache in self.model_runner.kv_caches:
            for tensor in cache if isinstance(cache, list) else [cache]:
                storage = tensor.untyped_storage()
                if storage.data_ptr() not in seen:
                    seen.add(storage.data_ptr())
                    yield storage


def _release(address: int, size: int) -> None:
    """Gives whole pages back to the system."""
    page = mmap.PAGESIZE
    first, last = -(-address // page) * page, (address + size) // page * page
    if last > first and ctypes.CDLL(None, use_errno=True).madvise(
        ctypes.c_void_p(first), ctypes.c_size_t(last - first), RELEASE
    ):
        raise OSError(ctypes.get_errno(), "the KV cache could not be given up")
