"""Weights from trainer to engine through a file in shared memory, with a digest of every tensor at both ends."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from rlve import models
from rlve.cluster import adapter_ops, memory, prompt_scores, whereabouts
from rlve.policy import PROBE_LIMIT, SyncError


def digest(tensor: Tensor) -> str:
    """Of the tensor's bytes, type and shape."""
    tensor = tensor.detach().cpu().contiguous()
    hashed = blake2b(f"{tensor.dtype}{tuple(tensor.shape)}".encode(), digest_size=16)
    hashed.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return hashed.hexdigest()


def write(tensors: Mapping[str, Tensor], path: Path) -> dict[str, str]:
    """Saves the tensors; the digest of each."""
    # Cloned because a tied tensor comes under both of its names, and a file may not hold one memory twice.
    save_file({name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}, path)
    return {name: digest(tensor) for name, tensor in tensors.items()}


def read(path: Path, digests: dict[str, str]) -> Iterator[tuple[str, Tensor]]:
    """The tensors of a file, one at a time; `digests` fills with what was handed on."""
    with safe_open(path, framework="pt") as file:
        for name in file.keys():  # noqa: SIM118 (not a dict)
            tensor = file.get_tensor(name)
            digests[name] = digest(tensor)
            yield name, tensor


def adapter_digests(folder: Path) -> dict[str, str]:
    """Those of the adapter in a folder."""
    digests: dict[str, str] = {}
    for _ in read(folder / models.ADAPTER, digests):
        pass
    return digests


def prove(sent: Mapping[str, str], loaded: Mapping[str, str]) -> None:
    """Raises SyncError unless both ends have the same tensors with the same bytes."""
    for name in sorted(sent.keys() | loaded.keys()):
        if sent.get(name) != loaded.get(name):
            raise SyncError(
                f"weight sync: tensor {name} was sent with digest {sent.get(name, 'none')} and loaded with digest "
                f"{loaded.get(name, 'none')}; the engine does not hold the trainer's weights, so the run stops"
            )


def prove_probe(engine: Sequence[float], trainer: Sequence[float], dtype: str) -> float:
    """The largest gap between both ends' log-probabilities of the probe; SyncError where it is more than rounding."""
    gap = max(abs(a - b) for a, b in zip(engine, trainer, strict=True))
    if not gap <= PROBE_LIMIT[dtype]:
        raise SyncError(
            f"weight sync: every tensor arrived, yet the probe's log-probabilities differ by {gap:.4f} between engine "
            f"and trainer (at most {PROBE_LIMIT[dtype]} is rounding in {dtype}); the engine computes with other weights"
        )
    return gap


class WeightReceiver:
    """vLLM worker extension: mixed into the engine's worker, called through collective_rpc."""

    model_runner: Any

    def whereabouts(self) -> tuple[str, int, str]:
        return whereabouts.here(self.model_runner.device.type)

    def receive_adapter(self, number: int, folder: str) -> dict[str, str]:
        """Loads an adapter beside the weights; the digest of each of its tensors' bytes as they were loaded."""
        from vllm.lora.request import LoRARequest

        manager = self.model_runner.lora_manager
        prompt_scores.install(self.model_runner)
        if self.model_runner.device.type == "cpu":
            adapter_ops.install()
        manager._lora_model_cls = _proved_adapter()
        manager.add_adapter(LoRARequest(adapter_name(number), number, folder))
        return manager._lora_model_cls.loaded[number]

    def drop_adapter(self, number: int) -> None:
        self.model_runner.lora_manager.remove_adapter(number)
        _proved_adapter().loaded.pop(number, None)

    def receive_weights(self, path: str) -> dict[str, str]:
        """Loads the file's weights in place; the digest of each tensor's bytes as they were loaded."""
        digests: dict[str, str] = {}
        # The engine's own copies cannot be digested afterwards (packed, on CPU even emptied): digest on the way in.
        self.model_runner.reload_weights(weights_iterator=read(Path(path), digests))
        return digests

    def peak_bytes(self) -> int:
        return memory.peak_bytes(self.model_runner.device.type)


def adapter_name(number: int) -> str:
    return f"adapter-{number}"


@cache
def _proved_adapter() -> Any:
    """vLLM's adapter, digested as it is loaded: also when it comes back after others had pushed it out."""
    from vllm.lora.lora_model import LoRAModel

    class ProvedAdapter(LoRAModel):
        loaded: ClassVar[dict[int, dict[str, str]]] = {}

        @classmethod
        def from_lora_tensors(cls, lora_model_id: int, tensors: Any, *rest: Any, **named: Any) -> Any:
            digests = {name: digest(tensor) for name, tensor in tensors.items()}
            prove(cls.loaded.setdefault(lora_model_id, digests), digests)
            return super().from_lora_tensors(lora_model_id, tensors, *rest, **named)

    return ProvedAdapter
