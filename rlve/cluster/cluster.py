"""The Ray actors of one base model: trainer ranks with a slot per model, engines with an adapter per version."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ray

from rlve import models
from rlve.cluster import (
    engine_options,
    limits,
    placement,
    sequence_parallel,
    sites,
    transports,
    weight_transfer,
    whereabouts,
)
from rlve.cluster.calls import abortable, all_of, name_actor
from rlve.cluster.rollout_actor import RolloutActor
from rlve.cluster.sites import Site
from rlve.cluster.trainer import TrainerPlace
from rlve.cluster.trainer_actor import TrainerActor
from rlve.cluster.turns import Apart, Turns
from rlve.config import ClusterConfig, LoraConfig, SamplingParams
from rlve.policy import Limits, Place, SyncError, check_prompt
from rlve.types import Completion, PromptLogprobs


@dataclass
class Adapter:
    """LoRA weights that the engines hold; number 0 is the base model. users: samples in flight."""

    number: int
    kept: bool = True
    users: int = 0
    loaded: bool = True
    workers: int = 0  # that loaded it


class Cluster:
    """Made by `open`. Several policies and samplers of one base model may share it."""

    def __init__(self, path: Path, dtype: str, max_seq_len: int, config: ClusterConfig, adapters: bool) -> None:
        self.path, self.dtype, self.max_seq_len, self.config = path, dtype, max_seq_len, config
        self.adapters = adapters
        self.trainers: list[Any] = []
        self.trainer_sites: list[Site] = []
        self.nodes: tuple[list[placement.Node], list[placement.Node]] = [], []  # of trainers, of engines
        self.engines: list[Any] = []
        self.outstanding: list[int] = []  # per engine, the tokens that its requests may still draw
        self.base = Adapter(0)
        self.transport: transports.Transport | None = None  # how whole weights get into the engines
        self.proved: tuple[Mapping[str, str], Sequence[Sequence[Mapping[str, str]]]] = {}, []  # by the last sync
        self.vocabulary_size = 0
        self.owns_ray = False
        self.numbers = itertools.count(1)
        self.slots = itertools.count(1)
        self.starting = asyncio.Lock()
        self.turns: Turns | Apart = Apart()
        if config.colocate:
            self.turns = Turns({"sample": self._let_sample, "train": self._let_train, "sync": self._let_sync})
        self.awake = {"weights", "kv_cache"}  # what the engines hold on their devices
        self.aside = False  # whether the trainers' state is in host memory
        self.unused: list[Adapter] = []  # to be dropped once the engines are awake
        self.aborts: Counter[int] = Counter()

    @classmethod
    async def open(
        cls,
        path: Path,
        dtype: str,
        max_seq_len: int,
        config: ClusterConfig,
        adapters: bool,
        folders: Mapping[str, Path] | None = None,
    ) -> "Cluster":
        """Starts the trainers' processes; the engines' start with `start_engines`. adapters: engines take adapters.

        folders: by key of the configuration, where weights will be saved and loaded. ConfigError where a node has other
        code, no such model, or does not see such a folder.
        """
        engine_options.check_shards(config, path)
        placement.check_dtype(config, dtype)
        placement.check_kernels(config)
        sequence_parallel.check(path, config.sequence_parallel)
        cluster = cls(path, dtype, max_seq_len, config, adapters)
        try:
            cluster.owns_ray = placement.connect(config)
            cluster.vocabulary_size = models.vocabulary_size(path)
            cluster.nodes = placement.plan(config, placement.nodes())
            cluster.trainers = [
                placement.trainer(TrainerActor, config, node).remote(config) for node in cluster.nodes[0]
            ]
            cluster.trainer_sites = await cluster._placed("trainer", cluster.trainers)
            if config.address is not None:
                # One actor of each node.
                actors = dict(zip(cluster.trainer_sites, cluster.trainers, strict=True))
                await sites.require_code(actors)
                await sites.require_model(actors, path)
                for key, folder in (folders or {}).items():
                    await sites.require_shared(actors, key, folder)
            await cluster._join_trainers()
        except BaseException:
            await cluster.close()
            raise
        return cluster

    async def _placed(self, kind: str, actors: list[Any]) -> list[Site]:
        found = await sites.of(_named(kind, actors))
        for index, (actor, site) in enumerate(zip(actors, found, strict=True)):
            name_actor(actor, f"{kind} {index} on {site}")
        return found

    async def _join_trainers(self) -> None:
        """Into one world, whose rank 0 listens on its own node."""
        (port,) = await all_of([self.trainers[0].free_port.remote()])
        nodes = [site.node for site in self.trainer_sites]
        places = [
            TrainerPlace(
                rank,
                len(nodes),
                nodes[:rank].count(node),
                nodes.count(node),
                self.trainer_sites[0].address,
                port,
            )
            for rank, node in enumerate(nodes)
        ]
        await all_of([actor.join.remote(place) for actor, place in zip(self.trainers, places, strict=True)])

    async def start_engines(self) -> None:
        """Starts config.engines of them; where they run already, or none is wanted, it returns at once."""
        async with self.starting, self.turns.turn("sample"):
            if self.engines or not self.config.engines:
                return
            config, parts = self.config, self.config.tensor_parallel_size
            gpus: list[str] = []
            if config.colocate and config.device == "cuda":
                gpus = await all_of([trainer.gpu.remote() for trainer in self.trainers])
            engines = [
                placement.engine(RolloutActor, config, node, max_concurrency=10_000).remote(
                    *(str(self.path), self.dtype, self.max_seq_len, config, self.adapters),
                    gpus[number * parts : (number + 1) * parts],
                )
                for number, node in enumerate(self.nodes[1])
            ]
            try:
                found = await self._placed("engine", engines)
                transport = transports.choose(
                    config, _named("trainer", self.trainers), _named("engine", engines), self.trainer_sites[0], found
                )
                if config.address is not None:
                    actors = dict(zip(found, engines, strict=True))
                    await sites.require_code(actors)
                    await sites.require_model(actors, self.path)
                await all_of([actor.start.remote() for actor in engines])
                if not self.adapters:
                    await transport.start()
            except BaseException:
                for actor in engines:
                    ray.kill(actor)
                raise
            self.outstanding = [0] * len(engines)
            self.engines, self.transport = engines, transport

    async def open_slot(self, lora: LoraConfig | None) -> tuple[int, dict[str, Any]]:
        """A model in training at every rank; its slot, and what rank 0 says of it."""
        slot = next(self.slots)
        try:
            async with self.turns.turn("train"):
                calls = [actor.open.remote(slot, str(self.path), self.dtype, lora) for actor in self.trainers]
                return slot, (await all_of(calls))[0]
        except BaseException:
            self.shut_slot(slot)
            raise

    async def peak_bytes(self) -> int:
        """The most memory in use since this was last asked: on the fullest GPU, or on CPU in all processes together."""
        each = await all_of([actor.peak_bytes.remote() for actor in [*self.trainers, *self.engines]])
        return sum(each) if self.config.device == "cpu" else max(each)

    def shut_slot(self, slot: int) -> Awaitable[Any]:
        return asyncio.gather(*(actor.shut.remote(slot) for actor in self.trainers), return_exceptions=True)

    def call(self, slot: int, method: str, *arguments: Any) -> Awaitable[list[Any]]:
        """One method of a model's Trainer at every rank, submitted before this returns."""
        return all_of([actor.call.remote(slot, method, *arguments) for actor in self.trainers])

    async def adapter(self, slot: int) -> tuple[Any, Mapping[str, str]]:
        """A model's adapter as a reference to its files, which do not pass through here, and its tensors' digests."""
        calls = [actor.call.options(num_returns=2).remote(slot, "adapter") for actor in self.trainers]
        digests = await all_of([digests for _, digests in calls])
        return calls[0][0], digests[0]

    async def load_adapter(self, files: Any, sent: Mapping[str, str]) -> Adapter:
        """Every engine takes it, with proof: SyncError unless it loaded what was sent.

        files: name → content, or a reference to that.
        """
        adapter = Adapter(next(self.numbers))
        loaded = await all_of([engine.load_adapter.remote(adapter.number, files) for engine in self.engines])
        adapter.workers = self.prove(sent, loaded)
        return adapter

    def prove(self, sent: Mapping[str, str], loaded: Sequence[Sequence[Mapping[str, str]]]) -> int:
        """loaded: digests per engine and worker → the number of workers; SyncError unless each has what was sent."""
        workers = [digests for engine in loaded for digests in engine]
        expected = len(self.engines) * self.config.tensor_parallel_size
        if len(workers) != expected:
            raise SyncError(f"weight sync: {len(workers)} engine workers say what they loaded, expected {expected}")
        for digests in workers:
            weight_transfer.prove(sent, digests)
        self.proved = sent, loaded
        return len(workers)

    async def places(self) -> list[Place]:
        """Of every trainer, and of every worker of every engine."""
        device = self.config.device
        trainers = await all_of([actor.__ray_call__.remote(_here, device) for actor in self.trainers])
        engines = await all_of([actor.whereabouts.remote() for actor in self.engines])
        return [Place("trainer", index, 0, *place) for index, place in enumerate(trainers)] + [
            Place("engine", index, part, *place)
            for index, places in enumerate(engines)
            for part, place in enumerate(places)
        ]

    async def limits(self) -> Limits:
        """Of the engines all at once, then of the trainers."""
        device, threads = self.config.device, self.config.threads_per_trainer
        async with self.turns.turn("sample"):
            read = await all_of([engine.read_rate.remote() for engine in self.engines])
        async with self.turns.turn("train"):
            calls = [
                actor.__ray_call__.remote(limits.of_trainer, device, self.dtype, threads) for actor in self.trainers
            ]
            found = await all_of(calls)
        return Limits(sum(read), sum(matrix for matrix, _ in found), found[0][1])

    async def release(self, adapter: Adapter) -> None:
        """The engines drop it once its last sample is done."""
        adapter.kept = False
        await self._drop_unused(adapter)

    async def sample(
        self,
        adapter: Adapter,
        prompt: Sequence[int],
        params: SamplingParams,
        count: int,
        version: int | None = None,
        owner: int = 0,
    ) -> list[Completion]:
        """version: of the adapter; None for those of the engines' weights."""
        check_prompt(prompt, self.vocabulary_size, self.max_seq_len)
        aborts = self.aborts[owner]
        budget = count * min(params.max_tokens, self.max_seq_len - len(prompt))
        async with self._engine(adapter, budget) as engine:
            if self.aborts[owner] != aborts:  # while it waited for its turn
                return [Completion([], [], [], "abort")] * count
            return await abortable(engine.sample.remote(list(prompt), params, count, adapter.number, version, owner))

    async def score(self, adapter: Adapter, prompt: Sequence[int], top_k: int) -> PromptLogprobs:
        check_prompt(prompt, self.vocabulary_size, self.max_seq_len)
        async with self._engine(adapter, len(prompt)) as engine:
            return await abortable(engine.score.remote(list(prompt), top_k, adapter.number))

    async def abort_samples(self, owner: int) -> None:
        self.aborts[owner] += 1
        await all_of([engine.abort_samples.remote(owner) for engine in self.engines])

    async def close(self) -> None:
        """Actors leave nothing behind where they answer; what does not is killed."""
        closing = [actor.close.remote() for actor in [*self.engines, *self.trainers]]
        if closing:
            await asyncio.to_thread(ray.wait, closing, num_returns=len(closing), timeout=20)
        for actor in [*self.engines, *self.trainers]:
            ray.kill(actor)
        self.engines, self.trainers = [], []
        if self.owns_ray:
            ray.shutdown()

    @asynccontextmanager
    async def _engine(self, adapter: Adapter, tokens: int) -> AsyncIterator[Any]:
        """The engine with the fewest tokens still to come, for a request of so many tokens at most."""
        chosen = min(range(len(self.engines)), key=self.outstanding.__getitem__)
        self.outstanding[chosen] += tokens
        adapter.users += 1
        try:
            async with self.turns.turn("sample"):
                yield self.engines[chosen]
        finally:
            self.outstanding[chosen] -= tokens
            adapter.users -= 1
            await self._drop_unused(adapter)

    async def _drop_unused(self, adapter: Adapter) -> None:
        if adapter.kept or adapter.users or not adapter.loaded or adapter is self.base or adapter in self.unused:
            return
        self.unused.append(adapter)
        if not self.config.colocate:
            await self._drop()

    async def _drop(self) -> None:
        while self.unused:
            adapter = self.unused.pop()
            adapter.loaded = False
            await all_of([engine.drop_adapter.remote(adapter.number) for engine in self.engines])

    # What the devices hold in each turn of a colocated cluster.

    async def _let_sample(self) -> None:
        if not self.aside:
            await all_of([trainer.put_aside.remote() for trainer in self.trainers])
            self.aside = True
        await self._wake("weights")
        await self._wake("kv_cache")
        await self._drop()

    async def _let_train(self) -> None:
        if self.awake:
            await all_of([engine.sleep.remote() for engine in self.engines])
            self.awake.clear()
        if self.aside:
            await all_of([trainer.take_back.remote() for trainer in self.trainers])
            self.aside = False

    async def _let_sync(self) -> None:
        """The KV cache wakes only when the trainers are put aside: both at once may not fit."""
        await self._let_train()
        await self._wake("weights")

    async def _wake(self, part: Literal["weights", "kv_cache"]) -> None:
        if part not in self.awake:
            await all_of([engine.wake_up.remote(part) for engine in self.engines])
            self.awake.add(part)


def _named(kind: str, actors: Sequence[Any]) -> dict[str, Any]:
    return {f"{kind} {index}": actor for index, actor in enumerate(actors)}


class FolderSampler:
    """Sampler of a base model, or of an adapter in a folder: what was saved there, whatever trains meanwhile."""

    def __init__(self, cluster: Cluster, adapter: Adapter) -> None:
        self.cluster, self.adapter = cluster, adapter

    @classmethod
    async def open(cls, cluster: Cluster, folder: Path | None) -> "FolderSampler":
        """folder None: the base model itself."""
        await cluster.start_engines()
        if folder is None:
            return cls(cluster, cluster.base)
        files = await asyncio.to_thread(models.read_adapter, folder)
        sent = await asyncio.to_thread(weight_transfer.adapter_digests, files)
        async with cluster.turns.turn("sample"):
            return cls(cluster, await cluster.load_adapter(ray.put(files), sent))

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        self._only(version)
        return await self.cluster.sample(self.adapter, prompt, params, count)

    async def score(self, prompt: Sequence[int], top_k: int = 0, version: int | None = None) -> PromptLogprobs:
        self._only(version)
        return await self.cluster.score(self.adapter, prompt, top_k)

    async def close(self) -> None:
        await self.cluster.release(self.adapter)

    def _only(self, version: int | None) -> None:
        if version not in (None, 0):
            raise ValueError(f"saved weights have one version, 0; got {version}")


def _here(_: Any, device: str) -> tuple[str, int, str]:
    """In a trainer's process; the first argument is the actor."""
    return whereabouts.here(device)
