"""What a trainer's process holds on its device, put aside in host memory and taken back.

Storages are emptied and filled again in place: parameters, their gradients, flat buffers with views into them and
optimizer states stay the same objects, at every ZeRO stage. DeepSpeed's own `offload_states` is for stage 3 alone,
wants its fused Adam, and drops pending gradients.
"""

import gc
from typing import Any

import torch
from torch import Tensor


class HostMemory:
    """Holds what `put_aside` took from the device, until `take_back`."""

    def __init__(self, device: str) -> None:
        """device: "cuda", or "cpu", where host memory is copied to host memory: the same way, and no byte is saved."""
        self.device = torch.device(device)
        self._kept: list[tuple[torch.UntypedStorage, Tensor]] = []

    def put_aside(self) -> None:
        """Until `take_back` no tensor of this process on the device may be used."""
        for storage in self._storages():
            copy = torch.empty(storage.nbytes(), dtype=torch.uint8, pin_memory=self.device.type == "cuda")
            copy.copy_(_bytes_of(storage))
            storage.resize_(0)
            self._kept.append((storage, copy))
        if self.device.type == "cuda":
            torch.cuda.empty_cache()

    def take_back(self) -> None:
        while self._kept:
            storage, copy = self._kept.pop()
            storage.resize_(len(copy))
            _bytes_of(storage).copy_(copy)

    def _storages(self) -> list[torch.UntypedStorage]:
        """Every storage on the device, once. Those that lend their memory, to NumPy or to a file, cannot be emptied."""
        found: dict[int, torch.UntypedStorage] = {}
        # By type: isinstance would ask objects that only pretend to have one.
        tensors = [each for each in gc.get_objects() if issubclass(type(each), Tensor)]
        for tensor in [*tensors, *(each.grad for each in tensors if each.is_leaf and each.grad is not None)]:
            if tensor.device.type == self.device.type and tensor.layout == torch.strided:
                storage = tensor.untyped_storage()
                if storage.nbytes() and storage.resizable():
                    found[storage.data_ptr()] = storage
        return list(found.values())


def _bytes_of(storage: torch.UntypedStorage) -> Any:
    return torch.empty(0, dtype=torch.uint8, device=storage.device).set_(storage)
