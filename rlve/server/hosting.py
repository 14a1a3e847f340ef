"""The base model that a server offers: where its policies and samplers come from, and how many fit."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from rlve.config import ConfigError, LoraConfig, SamplingParams, ServeConfig
from rlve.policy import Policy, Sampler
from rlve.server.parsing import BadRequest
from rlve.types import Completion, PromptLogprobs


class ClosableSampler(Sampler, Protocol):
    async def close(self) -> None: ...


class Host:
    """One set of engines and one set of trainer processes, shared by every adapter; full weights get their own."""

    def __init__(self, config: ServeConfig) -> None:
        from rlve import models
        from rlve.cluster import placement

        self.config = config
        if config.cluster.address is None:
            placement.check(config.cluster, placement.this_machine())
        self.names = [config.base_model, *config.aliases]
        self.folder = models.folder(config.model)
        self.vocabulary_size = models.vocabulary_size(self.folder)
        self.max_seq_len = config.model.max_seq_len
        facts = json.loads((self.folder / "config.json").read_text(encoding="utf-8"))
        self.architecture = str((facts.get("architectures") or ["unknown"])[0])
        self.slots = asyncio.Semaphore(config.limits.models)
        self.full_slots = asyncio.Semaphore(config.limits.full_models)
        self.opening = asyncio.Lock()
        self.shared = None
        self.owns_ray = False

    async def start(self) -> None:
        """Joins or starts Ray, and with `preload` everything that a first client would wait for."""
        from rlve.cluster import placement

        if self.config.cluster.backend != "ray":
            raise ConfigError(
                "cluster.backend: the server needs ray, for engines and trainers that several models share"
            )
        self.owns_ray = placement.connect(self.config.cluster)
        if self.config.preload:
            await (await self.cluster()).start_engines()

    async def cluster(self):
        """The shared processes."""
        from rlve.cluster.cluster import Cluster

        async with self.opening:
            if self.shared is None:
                config = self.config
                self.shared = await Cluster.open(
                    *(self.folder, config.model.dtype, config.model.max_seq_len, config.cluster),
                    adapters=True,
                    folders={"data": Path(config.data).expanduser().resolve()},
                )
        return self.shared

    def require(self, name: str) -> str:
        """The name of a base model, BadRequest unless it is served here."""
        if name not in self.names:
            served = ", ".join(map(repr, self.names))
            raise BadRequest(400, f"base_model {name!r} is not served here; this server has {served}")
        return name

    def check(self, lora: LoraConfig | None) -> None:
        """BadRequest for what this server does not train."""
        highest = self.config.cluster.max_lora_rank
        if lora is not None and lora.rank > highest:
            raise BadRequest(
                400,
                f"lora_config.rank: at most {highest} here, got {lora.rank}; ask for a lower rank or start the server "
                f"with cluster.max_lora_rank={lora.rank}",
            )
        if lora is None and not self.config.limits.full_models:
            raise BadRequest(
                400,
                "lora_config null asks for full weights, which this server does not train; give a lora_config or start "
                "the server with limits.full_models=1",
            )

    def slots_for(self, lora: LoraConfig | None) -> asyncio.Semaphore:
        """Acquired before `open_policy`, released after the policy's close."""
        return self.full_slots if lora is None else self.slots

    async def open_policy(self, lora: LoraConfig | None, samples: bool) -> Policy:
        """A model in training. samples False: nothing is started that only sampling needs."""
        from rlve.cluster.policy import ClusterPolicy

        config = self.config
        if lora is not None:
            shared = await self.cluster()
            if samples:
                await shared.start_engines()
            return await ClusterPolicy.join(shared, lora, balance_data=True)
        layout = config.cluster if samples else config.cluster.model_copy(update={"engines": 0})
        return await ClusterPolicy.open(
            self.folder, config.model.dtype, None, config.model.max_seq_len, layout, balance_data=True
        )

    async def open_sampler(self, folder: Path | None) -> ClosableSampler:
        """Of an adapter in a folder, or of the base model itself."""
        from rlve.cluster.cluster import FolderSampler

        return await FolderSampler.open(await self.cluster(), folder)

    def tokenizer(self) -> Any:
        from rlve import models

        return models.load_tokenizer(self.folder)

    def ray_status(self) -> str:
        import ray

        return "running" if ray.is_initialized() else "none"

    async def close(self) -> None:
        if self.shared is not None:
            await self.shared.close()
        if self.owns_ray:
            import ray

            await asyncio.to_thread(ray.shutdown)


class PinnedSampler:
    """A version that a policy in training keeps; or, of full weights, the one that its engine has until the next."""

    def __init__(self, policy: Policy, version: int, kept: bool) -> None:
        self.policy, self.version, self.kept = policy, version, kept

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        with _explained():
            return await self.policy.sample(prompt, params, count, self.version)

    async def score(self, prompt: Sequence[int], top_k: int = 0, version: int | None = None) -> PromptLogprobs:
        with _explained():
            return await self.policy.score(prompt, top_k, self.version)

    async def close(self) -> None:
        if self.kept:
            await self.policy.release_version(self.version)


class _explained:
    """A version that is gone is the client's affair, and it gets to know what to do."""

    def __enter__(self) -> None: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, ValueError) and "version" in str(error):
            raise BadRequest(
                400,
                "this sampler's weights were replaced by a later save_weights_for_sampler: of a model that trains full "
                "weights only the newest can be sampled; train an adapter (lora_config) to keep earlier ones",
            ) from error
