"""The Ray actors of one base model: trainer ranks with a slot per model, engines with an adapter per version."""

import asyncio
import itertools
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import ray
from ray.exceptions import RayActorError, RayTaskError

from rlve.cluster import engine_options, placement, sequence_parallel, weight_transfer, whereabouts
from rlve.cluster.rollout_actor import RolloutActor
from rlve.cluster.trainer import TrainerPlace
from rlve.cluster.trainer_actor import TrainerActor
from rlve.cluster.turns import Apart, Turns
from rlve.config import ClusterConfig, LoraConfig, SamplingParams
from rlve.policy import Place, SyncError, WorkerDied, check_prompt
from rlve.types import Completion, PromptLogprobs


@dataclass
class Adapter:
    """LoRA weights that the engines hold; number 0 is the base model. users: samples in flight."""

    number: int
    folder: Path | None
    kept: bool = True
    users: int = 0
    workers: int = 0  # that loaded it


class Cluster:
    """Made by `open`. Several policies and samplers of one base model may share it."""

    def __init__(self, path: Path, dtype: str, max_seq_len: int, config: ClusterConfig, adapters: bool) -> None:
        self.path, self.dtype, self.max_seq_len, self.config = path, dtype, max_seq_len, config
        self.adapters = adapters
        self.trainers: list[Any] = []
        self.engines: list[Any] = []
        self.outstanding: list[int] = []  # per engine, the tokens that its requests may still draw
        self.base = Adapter(0, None)
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
        # What engines read adapters from; in memory, and gone with the cluster.
        self._scratch = placement.Scratch()
        self.scratch = self._scratch.folder

    @classmethod
    async def open(cls, path: Path, dtype: str, max_seq_len: int, config: ClusterConfig, adapters: bool) -> "Cluster":
        """Starts the trainers' processes; the engines' start with `start_engines`. adapters: engines take adapters."""
        from rlve import models

        engine_options.check_shards(config, path)
        placement.check_dtype(config, dtype)
        sequence_parallel.check(path, config.sequence_parallel)
        cluster = cls(path, dtype, max_seq_len, config, adapters)
        try:
            cluster.owns_ray = placement.connect(config)
            cluster.vocabulary_size = models.vocabulary_size(path)
            address, port = ray.util.get_node_ip_address(), placement.free_port()
            trainer = placement.actor(TrainerActor, config, 1, config.threads_per_trainer)
            cluster.trainers = [
                trainer.remote(TrainerPlace(rank, config.trainers, address, port), config)
                for rank in range(config.trainers)
            ]
        except BaseException:
            await cluster.close()
            raise
        return cluster

    async def start_engines(self) -> None:
        """Starts config.engines of them; where they run already it returns at once."""
        async with self.starting, self.turns.turn("sample"):
            if self.engines:
                return
            config = self.config
            parts, threads = config.tensor_parallel_size, config.threads_per_engine
            gpus: list[str] = []
            if config.colocate and config.device == "cuda":
                gpus = await all_of([trainer.gpu.remote() for trainer in self.trainers])
            reserved = 0 if gpus else parts
            engine = placement.actor(RolloutActor, config, reserved, threads, max_concurrency=10_000)
            engines = [
                engine.remote(
                    *(str(self.path), self.dtype, self.max_seq_len, config, self.adapters),
                    gpus[number * parts : (number + 1) * parts],
                )
                for number in range(config.engines)
            ]
            try:
                await all_of([actor.start.remote() for actor in engines])
            except BaseException:
                for actor in engines:
                    ray.kill(actor)
                raise
            self.outstanding = [0] * len(engines)
            self.engines = engines

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

    async def load_adapter(self, folder: Path, sent: Mapping[str, str] | None = None) -> Adapter:
        """Every engine takes it, with proof: SyncError unless it loaded the bytes of `sent`, or of the file."""
        adapter = Adapter(next(self.numbers), folder)
        if sent is None:
            sent = await asyncio.to_thread(weight_transfer.adapter_digests, folder)
        loaded = await all_of([engine.load_adapter.remote(adapter.number, str(folder)) for engine in self.engines])
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

    async def release(self, adapter: Adapter) -> None:
        """The engines drop it once its last sample is done; a folder in `scratch` is removed."""
        adapter.kept = False
        await self._drop_unused(adapter)

    async def sample(
        self,
        adapter: Adapter,
        prompt: Sequence[int],
        params: SamplingParams,
        count: int,
        version: int = 0,
        owner: int = 0,
    ) -> list[Completion]:
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
        """Engines shut their processes down themselves; what does not answer is killed."""
        closing = [actor.close.remote() for actor in self.engines]
        if closing:
            await asyncio.to_thread(ray.wait, closing, num_returns=len(closing), timeout=20)
        for actor in [*self.engines, *self.trainers]:
            ray.kill(actor)
        self.engines, self.trainers = [], []
        if self.owns_ray:
            ray.shutdown()
        self._scratch.close()

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
        if adapter.kept or adapter.users or adapter.folder is None or adapter in self.unused:
            return
        self.unused.append(adapter)
        if not self.config.colocate:
            await self._drop()

    async def _drop(self) -> None:
        while self.unused:
            adapter = self.unused.pop()
            folder, adapter.folder = adapter.folder, None
            await all_of([engine.drop_adapter.remote(adapter.number) for engine in self.engines])
            if folder is not None and folder.is_relative_to(self.scratch):
                shutil.rmtree(folder, ignore_errors=True)

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


class FolderSampler:
    """Sampler of a base model, or of an adapter in a folder: what was saved there, whatever trains meanwhile."""

    def __init__(self, cluster: Cluster, adapter: Adapter) -> None:
        self.cluster, self.adapter = cluster, adapter

    @classmethod
    async def open(cls, cluster: Cluster, folder: Path | None) -> "FolderSampler":
        """folder None: the base model itself."""
        await cluster.start_engines()
        async with cluster.turns.turn("sample"):
            return cls(cluster, cluster.base if folder is None else await cluster.load_adapter(folder))

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


async def one(reference: Awaitable[Any]) -> Any:
    """The result of a remote call, or the actor's own exception; WorkerDied where its process has ended."""
    try:
        return await reference
    except RayActorError as error:
        raise WorkerDied(f"a trainer's or an engine's process has ended: {error}") from error
    except RayTaskError as error:
        # The actor's own exception, not Ray's wrapping of it, is what the caller can act on.
        raise error.cause from error


async def abortable(reference: Any) -> Any:
    """As `one`; when its caller is cancelled, so is the work in the engine."""
    try:
        return await one(reference)
    except asyncio.CancelledError:
        ray.cancel(reference)
        raise


async def all_of(references: Sequence[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*(one(reference) for reference in references)))
