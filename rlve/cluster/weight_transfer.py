"""Weights from trainer to engine, in shared memory or by a collective, with a digest of every tensor at both ends."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import safe_open
from safetensors.torch import load, save_file
from torch import Tensor

from rlve import models
from rlve.cluster import adapter_ops, collective, limits, memory, prompt_scores, whereabouts
from rlve.cluster.collective import Group
from rlve.policy import PROBE_LIMIT, SyncError

DIGEST_THREADS = 4


def digest(tensor: Tensor) -> str:
    """Of the tensor's bytes, type and shape."""
    tensor = tensor.detach().cpu().contiguous()
    hashed = blake2b(f"{tensor.dtype}{tuple(tensor.shape)}".encode(), digest_size=16)
    hashed.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return hashed.hexdigest()


class Digests:
    """Of tensors as they pass, taken in threads: at about 1 GB/s each, hashing would be most of a sync."""

    def __init__(self) -> None:
        self.taken: dict[str, str] = {}
        self.byte_count = 0
        self.threads = ThreadPoolExecutor(DIGEST_THREADS, "digests")
        self.waiting: deque[tuple[str, Future[str]]] = deque()

    def add(self, name: str, tensor: Tensor) -> None:
        """The tensor must stay as it is until `all`."""
        self.byte_count += tensor.numel() * tensor.element_size()
        self.waiting.append((name, self.threads.submit(digest, tensor)))
        while len(self.waiting) > 2 * DIGEST_THREADS:  # each holds a tensor in memory
            self._take()

    def all(self) -> dict[str, str]:
        while self.waiting:
            self._take()
        self.threads.shutdown()
        return self.taken

    def _take(self) -> None:
        name, future = self.waiting.popleft()
        self.taken[name] = future.result()


@dataclass(frozen=True)
class Sent:
    """What a sender says of its weights: the digest of each tensor, and the bytes of all."""

    digests: Mapping[str, str]
    byte_count: int


def write(tensors: Iterable[tuple[str, Tensor]], path: Path) -> Sent:
    """Saves the tensors."""
    # Cloned because a tied tensor comes under both of its names, and a file may not hold one memory twice.
    held = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors}
    save_file(held, path)
    digests = Digests()
    for name, tensor in held.items():
        digests.add(name, tensor)
    return Sent(digests.all(), digests.byte_count)


def broadcast(tensors: Iterable[tuple[str, Tensor]], group: Group, bucket_mib: int) -> Sent:
    """Sends the tensors to every engine worker of the group."""
    digests = Digests()
    for held in group.send(tensors, bucket_mib * 2**20):
        for name, tensor in held:
            digests.add(name, tensor)
    return Sent(digests.all(), digests.byte_count)


def read(path: Path) -> Iterator[tuple[str, Tensor]]:
    """The tensors of a file, one at a time."""
    with safe_open(path, framework="pt") as file:
        for name in file.keys():  # noqa: SIM118 (not a dict)
            yield name, file.get_tensor(name)


def digested(tensors: Iterable[tuple[str, Tensor]], digests: Digests) -> Iterator[tuple[str, Tensor]]:
    """The same tensors; `digests` gets what was handed on."""
    for name, tensor in tensors:
        digests.add(name, tensor)
        yield name, tensor


def adapter_digests(files: Mapping[str, bytes]) -> dict[str, str]:
    """Those of the tensors in an adapter's files."""
    return {name: digest(tensor) for name, tensor in load(files[models.ADAPTER]).items()}


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
    rank: int
    weights_group: Group

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

    def join_weights(self, host: str, port: int, first: int, members: list[str], device: str, seconds: float) -> None:
        """Into the group in which trainer rank 0 sends; `first` is the rank there of this engine's first worker."""
        store = collective.reach_store(host, port, seconds)
        self.weights_group = Group(store, first + self.rank, members, device, seconds)

    def receive_weights(self, path: str | None) -> dict[str, str]:
        """Loads the weights of a file, or those that the group's sender sends, in place.

        The digest of each tensor's bytes as they were loaded.
        """
        if path is not None:
            return self._load(read(Path(path)))
        try:
            return self._load(self.weights_group.receive())
        except BaseException as error:
            self.weights_group.fail(error)
            raise

    def _load(self, tensors: Iterator[tuple[str, Tensor]]) -> dict[str, str]:
        # The engine's own copies cannot be digested afterwards (packed, on CPU even emptied): digest on the way in.
        digests = Digests()
        self.model_runner.reload_weights(weights_iterator=digested(tensors, digests))
        if (left := next(tensors, None)) is not None:
            raise SyncError(f"weight sync: the engine's model stopped loading before tensor {left[0]}")
        return digests.all()

    def peak_bytes(self) -> int:
        return memory.peak_bytes(self.model_runner.device.type)

    def read_rate(self, threads: int) -> float:
        return limits.read_rate(self.model_runner.device.type, threads)


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
