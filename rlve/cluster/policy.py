"""ClusterPolicy: the seam over Ray. Trainer ranks compute together, engines sample together, weights are proved."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import ray
from numpy.typing import NDArray
from ray.exceptions import RayTaskError

from rlve import losses
from rlve.cluster import packing, placement, weight_transfer
from rlve.cluster.rollout_actor import RolloutActor
from rlve.cluster.trainer_actor import TrainerActor, TrainerPlace
from rlve.config import AdamParams, ClusterConfig, LoraConfig, SamplingParams
from rlve.policy import PROBE_TOKENS, SyncReport, check_data, probe_datum, probe_prompt
from rlve.types import Completion, Datum, Loss, LossResult


class ClusterPolicy:
    """Made by `open`. Training calls take turns in order of submission; a sync waits for the samples before it."""

    def __init__(
        self,
        trainers: list[Any],
        engines: list[Any],
        config: ClusterConfig,
        dtype: str,
        max_seq_len: int,
        balance_data: bool,
        owns_ray: bool,
    ) -> None:
        self.trainers, self.engines, self.config = trainers, engines, config
        self.dtype, self.max_seq_len, self.balance_data, self.owns_ray = dtype, max_seq_len, balance_data, owns_ray
        self.vocabulary_size = 0
        self.version = 0
        self.syncs_submitted = 0
        self.syncs_done = 0
        self.outstanding = [0] * len(engines)
        self.training = asyncio.Lock()  # first come, first served
        self.changed = asyncio.Condition()
        self.broken: BaseException | None = None

    @classmethod
    async def open(
        cls,
        path: Path,
        dtype: str,
        lora: LoraConfig | None,
        max_seq_len: int,
        config: ClusterConfig,
        balance_data: bool,
    ) -> "ClusterPolicy":
        """Starts the actors and syncs once, so that `sample` has the trainer's weights from the start.

        With config.engines 0 the policy trains and cannot sample.
        """
        owns_ray = placement.connect(config)
        port = placement.free_port()
        address = ray.util.get_node_ip_address()
        trainer = placement.actor(TrainerActor, config, config.threads_per_trainer)
        engine = placement.actor(RolloutActor, config, config.threads_per_engine, max_concurrency=10_000)
        trainers = [
            trainer.remote(TrainerPlace(rank, config.trainers, address, port), str(path), dtype, lora, config)
            for rank in range(config.trainers)
        ]
        engines = [engine.remote(str(path), dtype, max_seq_len, config) for _ in range(config.engines)]
        policy = cls(trainers, engines, config, dtype, max_seq_len, balance_data, owns_ray)
        try:
            described, *_ = await _all([*(actor.describe.remote() for actor in trainers)])
            policy.vocabulary_size = described["vocabulary_size"]
            await _all([actor.start.remote() for actor in engines])
            if engines:
                await policy.save_weights_for_sampler()
        except BaseException:
            await policy.close()
            raise
        return policy

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        self._require_engines()
        needed = self.syncs_submitted
        async with self.changed:
            await self.changed.wait_for(lambda: self.syncs_done >= needed)
            self._require_whole()
            if version not in (None, self.version):
                raise ValueError(f"this policy keeps only its latest weights, version {self.version}; got {version}")
            chosen = min(range(len(self.engines)), key=self.outstanding.__getitem__)
            self.outstanding[chosen] += count
        try:
            return await _one(self.engines[chosen].sample.remote(list(prompt), params, count))
        finally:
            async with self.changed:
                self.outstanding[chosen] -= count
                self.changed.notify_all()

    async def abort_samples(self) -> None:
        await _all([engine.abort_samples.remote() for engine in self.engines])

    async def forward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        check_data(data, loss, self.vocabulary_size, self.max_seq_len)
        async with self.training:
            return await self._compute(list(data), loss, backward=False)

    async def forward_backward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        check_data(data, loss, self.vocabulary_size, self.max_seq_len)
        async with self.training:
            return await self._compute(list(data), loss, backward=True)

    async def optim_step(self, adam: AdamParams) -> dict[str, float]:
        async with self.training:
            self._require_whole()
            return (await _all([trainer.optim_step.remote(adam) for trainer in self.trainers]))[0]

    async def save_weights_for_sampler(self) -> SyncReport:
        self._require_engines()
        self.syncs_submitted += 1
        try:
            async with self.training:
                self._require_whole()
                # Samples submitted after this wait for it; those before it finish with the weights they began with.
                async with self.changed:
                    await self.changed.wait_for(lambda: not any(self.outstanding))
                return await self._sync()
        except BaseException as error:
            self.broken = error
            raise
        finally:
            async with self.changed:
                self.syncs_done += 1
                self.changed.notify_all()

    async def save_weights(self, path: str) -> None:
        async with self.training:
            self._require_whole()
            await _all([trainer.save.remote(str(Path(path).resolve())) for trainer in self.trainers])

    async def load_weights(self, path: str, optimizer: bool = True) -> None:
        async with self.training:
            self._require_whole()
            await _all([trainer.load.remote(str(Path(path).resolve()), optimizer) for trainer in self.trainers])

    async def close(self) -> None:
        """Engines shut their processes down themselves; what does not answer is killed."""
        closing = [actor.close.remote() for actor in self.engines]
        if closing:
            await asyncio.to_thread(ray.wait, closing, num_returns=len(closing), timeout=20)
        for actor in [*self.engines, *self.trainers]:
            ray.kill(actor)
        if self.owns_ray:
            ray.shutdown()

    def _require_whole(self) -> None:
        if self.broken is not None:
            raise RuntimeError(
                "an earlier weight sync of this policy failed, so it can no longer be used"
            ) from self.broken

    def _require_engines(self) -> None:
        if not self.engines:
            raise RuntimeError(
                "this policy trains only: it was opened with cluster.engines=0; sampling needs 1 or more"
            )

    async def _compute(self, data: list[Datum], loss: Loss, backward: bool) -> LossResult:
        self._require_whole()
        lengths = [len(datum) for datum in data]
        shares = packing.partition(lengths, len(self.trainers), self.balance_data)
        chunks = packing.logit_chunks(
            [[lengths[index] for index in share] for share in shares],
            self.config.micro_batch_tokens,
            self.config.logits_chunk_tokens,
        )
        results = await _all(
            [
                trainer.compute.remote([data[index] for index in share], loss, backward, chunks)
                for trainer, share in zip(self.trainers, shares, strict=True)
            ]
        )
        empty = np.empty(0, np.float32)
        logprobs: list[NDArray[np.float32]] = [empty] * len(data)
        values: list[NDArray[np.float32]] = [empty] * len(data)
        for share, (rank_logprobs, rank_values) in zip(shares, results, strict=True):
            for index, lp, value in zip(share, rank_logprobs, rank_values, strict=True):
                logprobs[index], values[index] = lp, value
        return losses.result(data, logprobs, values, loss)

    async def _sync(self) -> SyncReport:
        started = time.perf_counter()
        version = self.version + 1
        path = weight_transfer.SHARED_MEMORY / f"rlve-{uuid.uuid4().hex}.safetensors"
        try:
            sent, *_ = await _all([trainer.write_sampler_weights.remote(str(path)) for trainer in self.trainers])
            loaded = await _all([engine.receive_weights.remote(str(path), version) for engine in self.engines])
        finally:
            path.unlink(missing_ok=True)
        for worker in [digests for engine in loaded for digests in engine]:
            weight_transfer.prove(sent, worker)
        gap = await self._probe(version)
        self.version = version
        return SyncReport(version, len(sent), gap, time.perf_counter() - started)

    async def _probe(self, version: int) -> float:
        prompt = probe_prompt(self.vocabulary_size)
        params = SamplingParams(max_tokens=PROBE_TOKENS, seed=version)
        drawn = await _all([engine.sample.remote(prompt, params, 1) for engine in self.engines])
        data = [probe_datum(prompt, completions[0]) for completions in drawn]
        known = (await self._compute(data, Loss("cross_entropy"), backward=False)).logprobs
        return max(
            weight_transfer.prove_probe(completions[0].logprobs, lp[len(prompt) - 1 :].tolist(), self.dtype)
            for completions, lp in zip(drawn, known, strict=True)
        )


async def _one(reference: Awaitable[Any]) -> Any:
    try:
        return await reference
    except RayTaskError as error:
        # The actor's own exception, not Ray's wrapping of it, is what the caller can act on.
        raise error.cause from error


async def _all(references: Sequence[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*(_one(reference) for reference in references)))
