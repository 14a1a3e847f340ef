"""A process that holds one rank of every model in training, each in a slot of its own."""

import os
import sys
from pathlib import Path
from typing import Any

from rlve.cluster import memory
from rlve.cluster.trainer import Trainer, TrainerPlace
from rlve.config import ClusterConfig, LoraConfig


class TrainerActor:
    """A plain class: calls of one caller arrive in their order, the same at every rank."""

    def __init__(self, place: TrainerPlace, cluster: ClusterConfig) -> None:
        # DeepSpeed and torch read these while they are imported.
        os.environ.update(
            DS_ACCELERATOR=cluster.device,
            RANK=str(place.rank),
            LOCAL_RANK="0" if cluster.device == "cuda" else str(place.rank),
            LOCAL_SIZE=str(place.world_size),
            WORLD_SIZE=str(place.world_size),
            MASTER_ADDR=place.address,
            MASTER_PORT=str(place.port),
            OMP_NUM_THREADS=str(cluster.threads_per_trainer),
            # DeepSpeed builds an operator with ninja, which is installed beside this Python and seldom elsewhere.
            PATH=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        )
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
        self.place, self.cluster = place, cluster
        self.frozen: dict[str, Any] = {}
        self.slots: dict[int, Trainer] = {}
        self.host = HostMemory(cluster.device)

    def open(self, slot: int, path: str, dtype: str, lora: LoraConfig | None) -> dict[str, Any]:
        """A model in training, made from the folder; what a policy needs to know of it."""
        trainer = Trainer(self.place, Path(path), dtype, lora, self.cluster, self.group, self.frozen)
        self.slots[slot] = trainer
        return {"vocabulary_size": trainer.vocabulary_size, "tied": trainer.tied, "pid": os.getpid()}

    def call(self, slot: int, method: str, *arguments: Any) -> Any:
        """A method of the slot's Trainer."""
        return getattr(self.slots[slot], method)(*arguments)

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
        for slot in list(self.slots):
            self.shut(slot)
        self.torch.distributed.destroy_process_group()
