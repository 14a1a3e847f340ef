"""A process that holds one rank of every model in training, each in a slot of its own."""

import gc
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlve import build_locks
from rlve.cluster import memory
from rlve.cluster.scratch import Scratch
from rlve.cluster.trainer import Trainer, TrainerPlace
from rlve.config import ClusterConfig, LoraConfig

if TYPE_CHECKING:
    from rlve.cluster.weight_transfer import Sent


class TrainerActor:
    """A plain class: calls of one caller arrive in their order, the same at every rank. `join` comes first."""

    def __init__(self, cluster: ClusterConfig) -> None:
        self.cluster = cluster
        self.frozen: dict[str, Any] = {}
        self.slots: dict[int, Trainer] = {}
        self.scratch: Scratch | None = None
        self.store: Any = None
        self.weights_group: Any = None

    def free_port(self) -> int:
        with socket.socket() as probe:
            probe.bind(("", 0))
            return int(probe.getsockname()[1])

    def join(self, place: TrainerPlace) -> None:
        """The constructor's other half, once the nodes of all ranks are known; returns when they have met."""
        cluster, self.place = self.cluster, place
        # DeepSpeed and torch read these while they are imported.
        os.environ.update(
            DS_ACCELERATOR=cluster.device,
            RANK=str(place.rank),
            LOCAL_RANK="0" if cluster.device == "cuda" else str(place.local_rank),
            LOCAL_SIZE=str(place.local_size),
            WORLD_SIZE=str(place.world_size),
            MASTER_ADDR=place.address,
            MASTER_PORT=str(place.port),
            OMP_NUM_THREADS=str(cluster.threads_per_trainer),
            # DeepSpeed builds an operator with ninja, which is installed beside this Python and seldom elsewhere.
            PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        )
        build_locks.clear_abandoned(build_locks.folder(os.environ))
        import deepspeed
        import torch

        from rlve.cluster.offload import HostMemory

        torch.set_num_threads(cluster.threads_per_trainer)
        deepspeed.init_distributed(
            dist_backend="gloo" if cluster.device == "cpu" else "nccl", auto_mpi_discovery=False, verbose=False
        )
        # DeepSpeed's buffer in shared memory has a name that nobody removes. Once every rank has it open it needs none.
        torch.distributed.barrier()
        name = f"deepspeed_allreduce_buffer_{os.getuid()}_{place.address}_{place.port}_{place.rank}"
        Path("/dev/shm", name).unlink(missing_ok=True)
        from rlve.cluster.sequence_parallel import SequenceGroup

        self.group = SequenceGroup(cluster.sequence_parallel)
        self.torch: Any = torch
        self.host = HostMemory(cluster.device)
        # Libraries stay: looking through all they have made for garbage would hold a step up.
        gc.freeze()

    def open(self, slot: int, path: str, dtype: str, lora: LoraConfig | None) -> dict[str, Any]:
        """A model in training, made from the folder; what a policy needs to know of it."""
        trainer = Trainer(self.place, Path(path), dtype, lora, self.cluster, self.group, self.frozen)
        self.slots[slot] = trainer
        return {"vocabulary_size": trainer.vocabulary_size, "tied": trainer.tied, "pid": os.getpid()}

    def call(self, slot: int, method: str, *arguments: Any) -> Any:
        """A method of the slot's Trainer."""
        return getattr(self.slots[slot], method)(*arguments)

    def write_weights(self, slot: int) -> "tuple[str, Sent] | None":
        """Rank 0: the sampler's weights in a file of this node's shared memory, until `remove`."""
        from rlve.cluster import weight_transfer

        tensors = self.slots[slot].sampler_weights()
        if self.place.rank:
            return _exhausted(tensors)
        self.scratch = self.scratch or Scratch()
        path = self.scratch.folder / f"{slot}.safetensors"
        return str(path), weight_transfer.write(tensors, path)

    def remove(self, path: str) -> None:
        Path(path).unlink(missing_ok=True)

    def host_weights(self, address: str, seconds: float) -> int:
        """Rank 0: the port at which engines meet it, see rlve.cluster.collective."""
        from rlve.cluster import collective

        self.store = collective.host_store(address, seconds)
        return self.store.port

    def join_weights(self, members: list[str], device: str, seconds: float) -> None:
        """Rank 0: returns when every engine's workers have joined."""
        from rlve.cluster.collective import Group

        self.weights_group = Group(self.store, 0, members, device, seconds)

    def broadcast_weights(self, slot: int) -> "Sent | None":
        """Rank 0: the sampler's weights to everyone in its group."""
        from rlve.cluster import weight_transfer

        tensors = self.slots[slot].sampler_weights()
        if self.place.rank:
            return _exhausted(tensors)
        try:
            return weight_transfer.broadcast(tensors, self.weights_group, self.cluster.sync_bucket_mib)
        except BaseException as error:
            self.weights_group.fail(error)
            # The other ranks gather until the last tensor, and wait for this one at each.
            _exhausted(tensors)
            raise

    def shut(self, slot: int) -> None:
        """Frees a slot's memory."""
        trainer = self.slots.pop(slot, None)
        if trainer is not None:
            trainer.close()

    def put_aside(self) -> None:
        """Frees the device for others; nothing can be called until `take_back`."""
        self.host.put_aside()

    def take_back(self) -> None:
        self.host.take_back()

    def gpu(self) -> str:
        """The one that Ray has reserved for this process, as CUDA_VISIBLE_DEVICES names it."""
        return os.environ["CUDA_VISIBLE_DEVICES"]

    def peak_bytes(self) -> int:
        """As `memory.peak_bytes`."""
        return memory.peak_bytes(self.cluster.device)

    def close(self) -> None:
        """Leaves nothing behind in shared memory; the process itself is ended from outside."""
        if self.scratch is not None:
            self.scratch.close()


def _exhausted(tensors: Iterator[Any]) -> None:
    for _ in tensors:
        pass
