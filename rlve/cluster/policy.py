"""ClusterPolicy: the seam over Ray. Trainer ranks compute together, engines sample together, weights are proved."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rlve import losses, models
from rlve.cluster import packing, weight_transfer
from rlve.cluster.calls import all_of, one
from rlve.cluster.cluster import Adapter, Cluster
from rlve.cluster.rollout_actor import URGENT
from rlve.config import AdamParams, ClusterConfig, LoraConfig, SamplingParams
from rlve.policy import PROBE_TOKENS, InFlight, Limits, Place, SyncReport, check_data, probe_datum, probe_prompt
from rlve.types import Completion, Datum, Loss, LossResult, PromptLogprobs


class ClusterPolicy:
    """Made by `open` or `join`. Training calls take turns in order of submission.

    A sync of whole weights waits for the samples before it, or they go on with the new ones; one of an adapter does
    neither, for they keep their own. Where trainers and engines share devices, samples and training calls wait for each
    other.
    """

    def __init__(
        self, cluster: Cluster, slot: int, lora: LoraConfig | None, adapters: bool, balance_data: bool, owns: bool
    ) -> None:
        self.cluster, self.slot, self.lora, self.adapters = cluster, slot, lora, adapters
        self.balance_data, self.owns_cluster = balance_data, owns
        self.vocabulary_size = cluster.vocabulary_size
        self.max_seq_len = cluster.max_seq_len
        self.version = 0
        self.syncs_submitted = 0
        self.syncs_done = 0
        self.in_flight = 0
        self.current = cluster.base
        self.kept: dict[int, Adapter] = {}
        self.training = asyncio.Lock()  # first come, first served
        self.changed = asyncio.Condition()
        self.broken: BaseException | None = None
        self.stage = ""  # what the cluster has done since peaks were last taken
        self.peaks: dict[str, int] = {}
        self.drawing: asyncio.Future[Completion] | None = None  # of the probe prompt, by the weights of the last sync

    @classmethod
    async def open(
        cls,
        path: Path,
        dtype: str,
        lora: LoraConfig | None,
        max_seq_len: int,
        config: ClusterConfig,
        balance_data: bool,
        folders: Mapping[str, Path] | None = None,
    ) -> "ClusterPolicy":
        """A policy with a cluster to itself, synced once, so that `sample` has the trainer's weights from the start.

        With config.engines 0 the policy trains and cannot sample. folders: where it will be told to save, by key.
        """
        # The merged head of a tied model has no place in an engine that ties it too.
        untied = lora is not None and lora.train_unembed and models.ties_embeddings(path)
        adapters = lora is not None and (untied or config.lora_sync == "adapter")
        cluster = await Cluster.open(path, dtype, max_seq_len, config, adapters, folders)
        try:
            # First, for an engine measures what its device has left.
            await cluster.start_engines()
            slot, _ = await cluster.open_slot(lora)
            policy = cls(cluster, slot, lora, adapters, balance_data, owns=True)
            if cluster.engines:
                await policy.save_weights_for_sampler()
        except BaseException:
            await cluster.close()
            raise
        return policy

    @classmethod
    async def join(cls, cluster: Cluster, lora: LoraConfig, balance_data: bool) -> "ClusterPolicy":
        """One more model on a shared cluster whose engines take adapters; it can sample after its first sync."""
        slot, _ = await cluster.open_slot(lora)
        return cls(cluster, slot, lora, adapters=True, balance_data=balance_data, owns=False)

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        adapter, version = await self._weights(version)
        self.in_flight += 1
        try:
            drawn = await self.cluster.sample(
                adapter, prompt, params, count, version if self.adapters else None, self.slot
            )
        finally:
            self.in_flight -= 1
            async with self.changed:
                self.changed.notify_all()
        self._require_whole()  # it may have gone on with weights that were not proved
        return drawn

    async def score(self, prompt: Sequence[int], top_k: int = 0, version: int | None = None) -> PromptLogprobs:
        adapter, _ = await self._weights(version)
        self.in_flight += 1
        try:
            return await self.cluster.score(adapter, prompt, top_k)
        finally:
            self.in_flight -= 1
            async with self.changed:
                self.changed.notify_all()

    async def places(self) -> list[Place]:
        return await self.cluster.places()

    def digests(self) -> tuple[Mapping[str, str], Sequence[Sequence[Mapping[str, str]]]]:
        return self.cluster.proved

    def prove(self, sent: Mapping[str, str], loaded: Sequence[Sequence[Mapping[str, str]]]) -> int:
        return self.cluster.prove(sent, loaded)

    async def limits(self) -> Limits:
        return await self.cluster.limits()

    async def abort_samples(self) -> None:
        await self.cluster.abort_samples(self.slot)

    async def forward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        check_data(data, loss, self.vocabulary_size, self.max_seq_len)
        async with self._training():
            return await self._compute(list(data), loss, backward=False)

    async def forward_backward(self, data: Sequence[Datum], loss: Loss) -> LossResult:
        check_data(data, loss, self.vocabulary_size, self.max_seq_len)
        async with self._training():
            return await self._compute(list(data), loss, backward=True)

    async def optim_step(self, adam: AdamParams) -> dict[str, float]:
        async with self._training():
            self._require_whole()
            return (await self.cluster.call(self.slot, "optim_step", adam))[0]

    async def save_weights_for_sampler(
        self, keep: bool = False, path: str | None = None, in_flight: InFlight = "finish"
    ) -> SyncReport:
        self.require_sampling()
        if in_flight == "go_on" and self.cluster.config.colocate:
            raise ValueError(
                'in_flight="go_on" needs engines that sample while trainers work, and here both share devices; set '
                'cluster.colocate=false, or let samples finish (in_flight="finish")'
            )
        if keep and not self.adapters:
            raise ValueError(
                "this policy syncs whole weights, of which an engine holds one version; keep=True needs adapters "
                "(lora=rank32 and cluster.lora_sync=adapter)"
            )
        self.syncs_submitted += 1
        try:
            async with self.training:
                self._require_whole()
                await self._take_peak("sync")
                target = None if path is None else Path(path)
                if self.adapters:
                    report = await self._sync_adapter(keep, target)
                else:
                    report = await self._sync_whole(target, in_flight)
                await self._take_peak("rollout")
                report, self.peaks = replace(report, peak_bytes=self.peaks), {}
                return report
        except BaseException as error:
            self.broken = error
            raise
        finally:
            async with self.changed:
                self.syncs_done += 1
                self.changed.notify_all()

    async def release_version(self, version: int) -> None:
        adapter = self.kept.pop(version, None)
        if adapter is None:
            raise ValueError(f"version {version} is not kept; kept are {sorted(self.kept)}")
        if adapter is not self.current:
            await self.cluster.release(adapter)

    async def save_weights(self, path: str, merged: bool = True) -> None:
        async with self._training():
            self._require_whole()
            await self.cluster.call(self.slot, "save", str(Path(path).resolve()), merged)

    async def load_weights(self, path: str, optimizer: bool = True) -> None:
        async with self._training():
            self._require_whole()
            await self.cluster.call(self.slot, "load", str(Path(path).resolve()), optimizer)

    async def close(self) -> None:
        if self.owns_cluster:
            if self.drawing is not None:
                self.drawing.cancel()
            await self.cluster.close()
            return
        if self.drawing is not None:  # by an adapter that is dropped next
            await asyncio.gather(self.drawing, return_exceptions=True)
        await self.cluster.shut_slot(self.slot)
        for adapter in {id(adapter): adapter for adapter in [*self.kept.values(), self.current]}.values():
            if adapter is not self.cluster.base:
                await self.cluster.release(adapter)
        self.kept.clear()

    def require_sampling(self) -> None:
        if not self.cluster.engines:
            raise RuntimeError(
                "this policy trains only: it was opened with cluster.engines=0; sampling needs 1 or more"
            )

    @asynccontextmanager
    async def _training(self) -> AsyncIterator[None]:
        """The turn of a call that trains."""
        async with self.training:
            if self.stage != "train":
                await self._take_peak("train")
            async with self.cluster.turns.turn("train"):
                yield

    async def _take_peak(self, following: str) -> None:
        """Of the stage that ends here, where the cluster works for this policy alone."""
        if not self.owns_cluster:
            return
        peak = await self.cluster.peak_bytes()
        if self.stage and peak:
            self.peaks[self.stage] = max(peak, self.peaks.get(self.stage, 0))
        self.stage = following

    def _require_whole(self) -> None:
        if self.broken is not None:
            raise RuntimeError(
                "an earlier weight sync of this policy failed, so it can no longer be used"
            ) from self.broken

    async def _weights(self, version: int | None) -> tuple[Adapter, int]:
        """What a sample of a version uses, and that version: a kept one, or the last sync submitted before now."""
        self.require_sampling()
        if version is not None and version in self.kept:
            return self.kept[version], version
        needed = self.syncs_submitted
        async with self.changed:
            await self.changed.wait_for(lambda: self.syncs_done >= needed)
        self._require_whole()
        if version not in (None, self.version):
            known = ", ".join(map(str, sorted({*self.kept, self.version})))
            raise ValueError(f"this policy has version {known} to sample from; got {version}")
        return self.current, self.version

    async def _compute(self, data: list[Datum], loss: Loss, backward: bool) -> LossResult:
        self._require_whole()
        config = self.cluster.config
        planned = packing.plan(data, config, self.balance_data)
        shares = [planned[rank // config.sequence_parallel] for rank in range(config.trainers)]
        results = await all_of(
            [
                trainer.call.remote(self.slot, "compute", [data[i] for i in share.data], loss, backward, share.batches)
                for trainer, share in zip(self.cluster.trainers, shares, strict=True)
            ]
        )
        empty = np.empty(0, np.float32)
        logprobs: list[NDArray[np.float32]] = [empty] * len(data)
        values: list[NDArray[np.float32]] = [empty] * len(data)
        for share, (rank_logprobs, rank_values) in zip(shares, results, strict=True):
            for index, lp, value in zip(share.data, rank_logprobs, rank_values, strict=True):
                logprobs[index], values[index] = lp, value
        result = losses.result(data, logprobs, values, loss)
        return replace(result, metrics={**result.metrics, **packing.metrics(planned)})

    async def _sync_whole(self, path: Path | None, in_flight: InFlight) -> SyncReport:
        version, transport = self.version + 1, self.cluster.transport
        assert transport is not None, "engines are started before anything is synced"
        async with self._syncing(alone=in_flight == "finish") as (probe, started):
            done = await transport.transfer(self.slot, version)
            workers = self.cluster.prove(done.sent.digests, done.loaded)
            gap = await self._prove_probe(version, self.current, *probe)
        self.version = version
        seconds = time.perf_counter() - started if in_flight == "finish" else done.pause_seconds
        if path is not None:
            async with self.cluster.turns.turn("train"):
                await self.cluster.call(self.slot, "write_model", str(path.resolve()))
        sent = done.sent
        return SyncReport(version, len(sent.digests), gap, seconds, workers, transport.name, sent.byte_count)

    async def _sync_adapter(self, keep: bool, path: Path | None) -> SyncReport:
        version = self.version + 1
        async with self._syncing(alone=False) as (probe, started):
            files, sent = await self.cluster.adapter(self.slot)
            adapter = await self.cluster.load_adapter(files, sent)
            try:
                gap = await self._prove_probe(version, adapter, *probe)
            except BaseException:
                await self.cluster.release(adapter)
                raise
        before, self.current, number = self.current, adapter, self.version
        self.version = version
        if keep:
            self.kept[version] = adapter
        if number not in self.kept and before is not self.cluster.base:
            await self.cluster.release(before)
        seconds = time.perf_counter() - started
        if path is not None:
            await asyncio.to_thread(models.write_files, path, await one(files))
            models.copy_tokenizer(self.cluster.path, path)
        return SyncReport(version, len(sent), gap, seconds, adapter.workers, "object_store")

    @asynccontextmanager
    async def _syncing(self, alone: bool) -> AsyncIterator[tuple[tuple[list[int], list[float]], float]]:
        """The turn of a sync: the probe, which is tokens and their log-probabilities, and when samples began to wait.

        The trainers say beforehand what engines must find afterwards, of tokens that the weights before have drawn, as
        likely ones are rounded least: engines score them in one step, whatever else they do, and need no trainer then.
        alone: after the samples before it.
        """
        colocate = self.cluster.config.colocate
        if self.drawing is None:
            async with self.cluster.turns.turn("sample"):
                self.drawing = asyncio.ensure_future(self._draw(self.version, self.current))
                await self.drawing
        drawn = await self.drawing
        expected = None if colocate else await self._known(drawn)
        if alone:
            async with self.changed:
                await self.changed.wait_for(lambda: self.in_flight == 0)
        started = time.perf_counter()
        async with self.cluster.turns.turn("sync"):
            tokens = [*probe_prompt(self.vocabulary_size), *drawn.tokens]
            yield (tokens, await self._known(drawn) if expected is None else expected), started

    async def _prove_probe(self, version: int, adapter: Adapter, tokens: list[int], expected: list[float]) -> float:
        """The largest gap between both ends, or SyncError."""
        colocate = self.cluster.config.colocate
        await self.cluster.turns.go_on("sample")
        scored = await all_of([engine.score.remote(tokens, 0, adapter.number) for engine in self.cluster.engines])
        found = [each.logprobs[-len(expected) :] for each in scored]
        gap = max(weight_transfer.prove_probe(each, expected, self.cluster.dtype) for each in found)
        self.drawing = asyncio.ensure_future(self._draw(version, adapter))  # the next sync asks for it
        if colocate:
            await self.drawing
        return gap

    async def _draw(self, version: int, adapter: Adapter) -> Completion:
        """A completion of the probe prompt."""
        prompt, params = probe_prompt(self.vocabulary_size), SamplingParams(max_tokens=PROBE_TOKENS, seed=version)
        drawing = self.cluster.engines[0].sample.remote(prompt, params, 1, adapter.number, priority=URGENT)
        return (await one(drawing))[0]

    async def _known(self, drawn: Completion) -> list[float]:
        """The trainer's log-probabilities of a completion of the probe prompt."""
        data = [probe_datum(probe_prompt(self.vocabulary_size), drawn)]
        found = (await self._compute(data, Loss("cross_entropy"), backward=False)).logprobs[0]
        return found[-len(drawn.tokens) :].tolist()
