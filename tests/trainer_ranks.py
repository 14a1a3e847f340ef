"""Trainer ranks in processes of their own, without Ray: layouts that need more ranks than there are cores."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from rlve.cluster import packing
from rlve.cluster.trainer import Arrays, TrainerPlace
from rlve.cluster.trainer_actor import TrainerActor
from rlve.config import ClusterConfig, LoraConfig
from rlve.types import Datum, Loss


class Ranks:
    """The ranks of one model in training; every call is collective."""

    def __init__(self, connections: list[Connection], cluster: ClusterConfig) -> None:
        self.connections, self.cluster = connections, cluster

    def call(self, method: str, *arguments: Any) -> list[Any]:
        return self.each(method, [arguments for _ in self.connections])

    def each(self, method: str, arguments: list[tuple[Any, ...]]) -> list[Any]:
        for connection, ours in zip(self.connections, arguments, strict=True):
            connection.send((method, ours))
        results = [connection.recv() for connection in self.connections]
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return results

    def compute(self, data: list[Datum], loss: Loss, backward: bool = True) -> tuple[Arrays, Arrays]:
        """Log-probabilities and losses in the order of the data."""
        planned = packing.plan(data, self.cluster, balance=True)
        shares = [planned[rank // self.cluster.sequence_parallel] for rank in range(self.cluster.trainers)]
        results = self.each(
            "compute", [([data[index] for index in share.data], loss, backward, share.batches) for share in shares]
        )
        found = [
            (index, *pair)
            for share, result in zip(shares, results, strict=True)
            for index, *pair in zip(share.data, *result, strict=True)
        ]
        known = {index: (lp, value) for index, lp, value in found}
        return [known[index][0] for index in range(len(data))], [known[index][1] for index in range(len(data))]


@contextmanager
def trainer_ranks(path: Path, dtype: str, lora: LoraConfig | None, cluster: ClusterConfig) -> Iterator[Ranks]:
    spawn, port = multiprocessing.get_context("spawn"), TrainerActor(cluster).free_port()
    pairs = [spawn.Pipe() for _ in range(cluster.trainers)]
    processes = [
        spawn.Process(
            target=_rank,
            args=(theirs, TrainerPlace(rank, cluster.trainers, rank, cluster.trainers, "127.0.0.1", port), cluster),
        )
        for rank, (_, theirs) in enumerate(pairs)
    ]
    for process in processes:
        process.start()
    ranks = Ranks([ours for ours, _ in pairs], cluster)
    try:
        for connection in ranks.connections:
            connection.send((1, str(path), dtype, lora))
        for connection in ranks.connections:
            if isinstance(result := connection.recv(), BaseException):
                raise result
        yield ranks
    finally:
        for process in processes:
            process.kill()
            process.join()


def _rank(connection: Connection, place: TrainerPlace, cluster: ClusterConfig) -> None:
    actor = TrainerActor(cluster)
    actor.join(place)
    connection.send(_outcome(actor.open, *connection.recv()))
    while True:
        method, arguments = connection.recv()
        connection.send(_outcome(actor.call, 1, method, *arguments))


def _outcome(call: Any, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except Exception as error:  # noqa: BLE001 (raised where the call was made)
        return error
