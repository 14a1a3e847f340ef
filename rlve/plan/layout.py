"""Which actors a run starts, what each takes, and how many nodes hold them."""

import math
from dataclasses import dataclass

from rlve.config import TrainConfig


@dataclass(frozen=True)
class Actors:
    """Actors of one kind. cpus: the cores that each keeps busy."""

    role: str
    count: int
    gpus: int
    cpus: int


@dataclass(frozen=True)
class Layout:
    """nodes: how many of node_gpus GPUs the layout fills; workers: processes that make and verify problems; colocated:
    trainers and engines share their devices.
    """

    actors: list[Actors]
    gpus: int
    cpus: int
    nodes: int
    node_gpus: int
    workers: int
    colocated: bool


def layout(config: TrainConfig, node_gpus: int) -> Layout:
    cluster = config.cluster
    each = 1 if cluster.device == "cuda" else 0
    actors = [
        Actors("trainer", cluster.trainers, each, cluster.threads_per_trainer),
        Actors(
            "engine",
            cluster.engines,
            each * cluster.tensor_parallel_size,
            cluster.threads_per_engine * cluster.tensor_parallel_size,
        ),
    ]
    counts = [kind.count * kind.gpus for kind in actors]
    gpus = max(counts) if cluster.colocate else sum(counts)
    # Trainers and engines take turns on a CPU, so that they may share cores; on GPUs each has its own.
    cores = [kind.count * kind.cpus for kind in actors]
    cpus = max(cores) if cluster.device == "cpu" else sum(cores)
    nodes = max(1, math.ceil(gpus / node_gpus))
    return Layout(
        actors, gpus, cpus, nodes, node_gpus, config.rollout.workers, cluster.colocate or cluster.device == "cpu"
    )
