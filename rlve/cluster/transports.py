"""How trainer rank 0's weights get into the engines: a file where all are on one node, else a collective."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from rlve.cluster.calls import together
from rlve.cluster.sites import Site
from rlve.cluster.weight_transfer import Sent
from rlve.config import ClusterConfig, ConfigError


@dataclass(frozen=True)
class Transferred:
    """loaded: per engine and worker, the digests of what was loaded; pause_seconds: the longest of an engine."""

    sent: Sent
    loaded: Sequence[Sequence[Mapping[str, str]]]
    pause_seconds: float


MARGIN_SECONDS = 10.0
"""So much later than the two ends, which can say who they wait for, does the driver give up."""


class Transport(Protocol):
    @property
    def name(self) -> Literal["shared_memory", "collective"]: ...

    async def start(self) -> None:
        """Once, when the engines run."""
        ...

    async def transfer(self, slot: int, version: int) -> Transferred:
        """Every trainer is called, for all gather what rank 0 sends. SyncError says who failed, or was missing.

        version: that of the weights, to the engines.
        """
        ...


class SharedMemory:
    """A file in the node's shared memory, which rank 0 writes and every engine reads."""

    name: Literal["shared_memory"] = "shared_memory"

    def __init__(self, trainers: Mapping[str, Any], engines: Mapping[str, Any], config: ClusterConfig) -> None:
        self.trainers, self.engines, self.seconds = trainers, engines, config.sync_timeout_seconds

    async def start(self) -> None: ...

    async def transfer(self, slot: int, version: int) -> Transferred:
        path, sent = await self.written(slot)
        try:
            read = {name: actor.receive_weights.remote(version, path) for name, actor in self.engines.items()}
            return _transferred(sent, await together(read, self.seconds))
        finally:
            next(iter(self.trainers.values())).remove.remote(path)

    async def written(self, slot: int) -> tuple[str, Sent]:
        """The file, which rank 0 has written, and what it says of it."""
        calls = {name: actor.write_weights.remote(slot) for name, actor in self.trainers.items()}
        return (await together(calls, self.seconds))[0]


class Collective:
    """Broadcasts from rank 0 to every engine worker; see rlve.cluster.collective."""

    name: Literal["collective"] = "collective"

    def __init__(
        self, trainers: Mapping[str, Any], engines: Mapping[str, Any], config: ClusterConfig, address: str
    ) -> None:
        """address: of rank 0's node, where others reach it."""
        self.trainers, self.engines, self.config, self.address = trainers, engines, config, address
        self.seconds = config.sync_timeout_seconds + MARGIN_SECONDS

    async def start(self) -> None:
        seconds, parts = self.config.sync_timeout_seconds, self.config.tensor_parallel_size
        (sender, rank_0), *_ = self.trainers.items()
        (port,) = await together({sender: rank_0.host_weights.remote(self.address, seconds)}, seconds)
        members = [sender]
        for name in self.engines:
            members += [name if parts == 1 else f"{name}, part {part}," for part in range(parts)]
        # NCCL takes no two ranks on one GPU, as an engine colocated with rank 0 is.
        device = "cpu" if self.config.colocate else self.config.device
        joins = {sender: rank_0.join_weights.remote(members, device, seconds)}
        for index, (name, actor) in enumerate(self.engines.items()):
            first = 1 + index * parts
            joins[name] = actor.join_weights.remote(self.address, port, first, members, device, seconds)
        await together(joins, self.seconds)

    async def transfer(self, slot: int, version: int) -> Transferred:
        # Both ends at once: what one sends only the others' receiving lets go.
        calls = {name: actor.broadcast_weights.remote(slot) for name, actor in self.trainers.items()}
        calls |= {name: actor.receive_weights.remote(version) for name, actor in self.engines.items()}
        sent, *others = await together(calls, self.seconds)
        return _transferred(sent, others[len(self.trainers) - 1 :])


def _transferred(sent: Sent, received: Sequence[tuple[list[dict[str, str]], float]]) -> Transferred:
    return Transferred(sent, [digests for digests, _ in received], max(seconds for _, seconds in received))


def choose(
    config: ClusterConfig,
    trainers: Mapping[str, Any],
    engines: Mapping[str, Any],
    sender: Site,
    receivers: Sequence[Site],
) -> Transport:
    """The one that cluster.sync_transport names; `auto` is shared memory where there is one node.

    ConfigError where shared memory is asked for and there are several.
    """
    elsewhere = [name for name, site in zip(engines, receivers, strict=True) if site.node != sender.node]
    if config.sync_transport == "shared_memory" and elsewhere:
        raise ConfigError(
            f"cluster.sync_transport=shared_memory needs the engines on the node of {next(iter(trainers))}, and "
            f"{' and '.join(elsewhere)} {'is' if len(elsewhere) == 1 else 'are'} on another; set "
            "cluster.sync_transport=auto"
        )
    if config.sync_transport == "collective" or elsewhere:
        return Collective(trainers, engines, config, sender.address)
    return SharedMemory(trainers, engines, config)
