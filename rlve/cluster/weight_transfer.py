"""Weights from trainer to engine through a file in shared memory, with a digest of every tensor at both ends."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from rlve.policy import PROBE_LIMIT, SyncError

SHARED_MEMORY = Path("/dev/shm")


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

    def receive_weights(self, path: str) -> dict[str, str]:
        """Loads the file's weights in place; the digest of each tensor's bytes as they were loaded."""
        digests: dict[str, str] = {}
        # The engine's own copies cannot be digested afterwards (packed, on CPU even emptied): digest on the way in.
        self.model_runner.reload_weights(weights_iterator=read(Path(path), digests))
        return digests
