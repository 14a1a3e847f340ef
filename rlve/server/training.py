"""Models in training: made, worked on in the order of their clients' numbers, and made again after a restart.

A model is what its operations have made of it. They are stored before they are acknowledged, and every few steps its
state is saved; after a crash that state is loaded and what came later is done again: nothing is lost or doubled.
"""

import asyncio
import json
import logging
import shutil
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from rlve.config import LoraConfig
from rlve.policy import BadDatum, NonFiniteLoss, Policy, Sampler, WorkerDied, check_data
from rlve.server import wire
from rlve.server.calls import (
    BIG_BYTES,
    JSON,
    LENIENT,
    Call,
    Save,
    checkpoint_kind,
    decode,
    number_in,
    operation,
    stored_type,
)
from rlve.server.checkpoints import Checkpoints
from rlve.server.futures import Futures, Lane, new_id
from rlve.server.hosting import Host, PinnedSampler
from rlve.server.model import Model, Plan
from rlve.server.operations import CLIENTS_FAULT, failed
from rlve.server.parsing import BadRequest
from rlve.server.requests import (
    CreateModelRequest,
    LoadWeightsRequest,
    ModelRequest,
    OptimStepRequest,
    SaveWeightsExternalRequest,
    SaveWeightsForSamplerRequest,
    SaveWeightsRequest,
    TinkerPath,
)
from rlve.server.sampling import Sampling
from rlve.server.store import Store
from rlve.server.tables import CheckpointRow, FutureRow, ModelRow, SamplerRow
from rlve.server.writer import Conflict
from rlve.server.writes import Add, Change

log = logging.getLogger("rlve.server")

CHANGES_STATE = ("forward_backward", "optim_step", "load_weights")
"""What a restart does again."""


class Driven(Protocol):
    """Runs of the server's own on these models; rlve_jobs.py has them."""

    def check(self, plan: Plan) -> None: ...

    def over(self, model_id: str) -> bool: ...

    def begin(self, model: Model) -> None: ...

    async def end(self, model_id: str) -> None: ...


class Training:
    """Every model of this server."""

    def __init__(
        self,
        host: Host,
        store: Store,
        futures: Futures,
        checkpoints: Checkpoints,
        sampling: Sampling,
        root: Path,
    ) -> None:
        self.host, self.store, self.futures = host, store, futures
        self.checkpoints, self.sampling = checkpoints, sampling
        self.root = root / "models"
        self.limits = host.config.limits
        self.models: dict[str, Model] = {}
        self.decoded: dict[str, Call] = {}
        self.on_driven: Driven | None = None
        sampling.present = self.present

    # Making and ending

    async def create(self, request: CreateModelRequest, body: bytes, lenient: bool) -> str:
        """Accepts a new model; the id of its future."""
        lora = None if request.wants_full_weights else request.lora_config or LoraConfig()
        load = None
        if request.checkpoint is not None:
            row = await self.checkpoints.find(request.checkpoint)
            load, lora = (row.tinker_path, True), self._same_lora(row, request, lora)
        base = self.host.require(request.base)
        self.host.check(lora)
        given = "max_batch_size" in request.model_fields_set or not lenient
        plan = Plan(
            base,
            lora,
            request.max_batch_size if given else self.limits.datum_count,
            min(request.max_seq_len if given else self.host.max_seq_len, self.host.max_seq_len),
            request.debug_train_only,
            load,
            request.rlve_config if request.rlve_config and request.rlve_config.enabled else None,
            request.wandb_config,
        )
        if plan.rlve is not None and self.on_driven is not None:
            self.on_driven.check(plan)
        return await self._accept_model(
            request.session_id, request.model_seq_id, plan, request.user_metadata, body, lenient, "create_model"
        )

    async def load_new(self, request: LoadWeightsRequest, body: bytes, lenient: bool) -> str:
        """Accepts a model that starts from a checkpoint."""
        assert request.session_id is not None
        assert request.model_seq_id is not None
        row = await self.checkpoints.find(request.checkpoint)
        self._check_trainable(row)
        base = self.host.require(request.base_model or row.info["base_model"])
        lora = LoraConfig.model_validate(row.info["lora"]) if row.info["lora"] else None
        self.host.check(lora)
        load = row.tinker_path, request.optimizer
        plan = Plan(base, lora, self.limits.datum_count, self.host.max_seq_len, load=load)
        return await self._accept_model(
            request.session_id, request.model_seq_id, plan, request.user_metadata, body, lenient, "load_weights"
        )

    async def _accept_model(
        self,
        session_id: str,
        number: int,
        plan: Plan,
        user_metadata: dict[str, Any] | None,
        body: bytes,
        lenient: bool,
        kind: str,
    ) -> str:
        id = f"{session_id}:train:{number}"
        content_type = JSON + LENIENT if lenient else JSON
        future = FutureRow(
            new_id(), kind, "create", session_id, time.time(), number, id, content_type=content_type, payload=body
        )
        stored, new = await self.futures.accept(future)
        if new:
            now = time.time()
            row = ModelRow(
                id,
                session_id,
                number,
                plan.base_model,
                now,
                now,
                plan.data(),
                user_metadata=user_metadata,
            )
            try:
                await self.store.add_model(row)
            except Conflict:
                taken = BadRequest(400, f"model_seq_id {number} has a copy of weights; take another number")
                await self.futures.fail(future, taken.detail, "user")
                raise taken from None
            self._begin(row, plan, future)
        return stored.id

    async def hold_copy(self, id: str, session_id: str, number: int, source: CheckpointRow) -> None:
        """A run that has the copy of a checkpoint and is never trained."""
        now = time.time()
        row = ModelRow(id, session_id, number, source.info["base_model"], now, now, {"lora": source.info["lora"]})
        await self.store.add_model(replace(row, status="ended", error=f"it only holds a copy of {source.tinker_path}"))

    def _begin(self, row: ModelRow, plan: Plan, future: FutureRow | None) -> Model:
        model = Model(row, plan, Lane(lambda each: self._run(model, each), self.limits.waiting_bytes))
        model.creating = future
        model.driven = plan.rlve is not None and not (self.on_driven is not None and self.on_driven.over(row.id))
        self.models[row.id] = model
        model.starting = asyncio.create_task(self._start(model, future))
        return model

    async def _start(self, model: Model, future: FutureRow | None) -> None:
        slots = self.host.slots_for(model.plan.lora)
        if slots.locked() and future is not None:
            limit = self.limits.full_models if model.plan.lora is None else self.limits.models
            self.futures.hold(
                future.id, "paused_capacity", f"all {limit} places for models are taken; this one waits for a free one"
            )
        await slots.acquire()
        model.slot = slots
        try:
            if future is not None:
                self.futures.hold(future.id, "active")
            model.policy = await self.host.open_policy(model.plan.lora, samples=not model.plan.train_only)
            await self._restore(model)
        except Exception as error:  # noqa: BLE001 (the boundary: a failed start is an answer)
            await self._give_up(model, future, error)
            return
        if future is not None:
            result = {
                "model_id": model.id,
                "type": future.kind,
                "status": "ready",
                "base_model": model.row.base_model,
                "lora_rank": model.plan.lora.rank if model.plan.lora else 0,
                "router_address": None,
            }
            result |= {"path": model.plan.load[0]} if model.plan.load else {}
            result |= {"rlve_job": model.id} if model.plan.rlve else {}
            await self.futures.finish(
                future, json.dumps(result).encode(), "json", [Change(ModelRow, model.id, {"status": "ready"})]
            )
            model.creating = None
        model.row = replace(model.row, status="ready")
        model.lane.start()
        if model.driven and self.on_driven is not None:
            self.on_driven.begin(model)

    async def _give_up(self, model: Model, future: FutureRow | None, error: Exception) -> None:
        """A model that could not start, or not be made again."""
        if isinstance(error, WorkerDied):
            self.futures.worker_died.set()  # the next server will make it
            return
        text = (
            str(error)
            if isinstance(error, CLIENTS_FAULT)
            else f"the server could not start it ({type(error).__name__})"
        )
        model.creating = None
        await self.end(model.id, "failed" if future is not None else "lost", text)
        if future is not None:
            await failed(self.futures, future, error)
        else:
            log.error("a model could not be made again", extra={"model_id": model.id}, exc_info=error)

    async def end(self, model_id: str, status: str, reason: str) -> None:
        """Frees a model's memory and answers what still waits for it."""
        model = self.models.pop(model_id, None)
        if model is None:
            return
        if model.starting is not None and model.starting is not asyncio.current_task():
            model.starting.cancel()
            await asyncio.gather(model.starting, return_exceptions=True)
        if self.on_driven is not None:
            await self.on_driven.end(model_id)
        for row in await model.lane.stop():
            self.decoded.pop(row.id, None)
            await self.futures.fail(row, f"model {model_id} has ended: {reason}", "user")
        if model.creating is not None:
            await self.futures.fail(model.creating, f"model {model_id} has ended: {reason}", "user")
        await self._shut(model)
        await self.store.update_model(model_id, status=status, error=reason)
        await asyncio.to_thread(shutil.rmtree, self.root / _plain(model_id), True)

    async def _shut(self, model: Model) -> None:
        policy, model.policy = model.policy, None
        if policy is not None:
            await self.sampling.drop_of(policy)
            await policy.close()
        if model.slot is not None:
            model.slot.release()

    async def close(self) -> None:
        """Before the processes end: nothing is lost, since a restart makes every model again."""
        for model in self.models.values():
            if model.starting is not None:
                model.starting.cancel()
            await model.lane.stop()

    # Operations

    def find(self, model_id: str) -> Model:
        """BadRequest (404) unless the model lives."""
        model = self.models.get(model_id)
        if model is None:
            raise BadRequest(
                404,
                f"there is no live model {model_id[:200]}: it was never made here, was unloaded, or its session ended; "
                "create one, from a checkpoint if it saved any",
            )
        return model

    async def submit(self, kind: str, body: bytes, content_type: str, lenient: bool) -> tuple[str, str]:
        """Accepts an operation on a model; its id and the model's. A refused one has used up its number."""
        try:
            if len(body) > BIG_BYTES:
                call = await asyncio.to_thread(decode, kind, body, content_type, lenient)
            else:
                call = decode(kind, body, content_type, lenient)
        except BadRequest as error:
            await self._use_up(kind, body, content_type, lenient, error)
            raise
        if isinstance(call, wire.ForwardBackward) and call.forward_only:
            kind = "forward"
        model = self.find(call.model_id or "")
        seq = None if isinstance(call, ModelRequest) else call.seq_id
        number = model.lane.last() if isinstance(call, ModelRequest) else model.lane.number(seq, len(body))
        row = operation(kind, model.id, number, body, content_type, lenient)
        try:
            await self._check(model, call)
        except BadRequest as error:
            # Whoever sends it again hears the same; what comes after it need not wait. If the number has a request, as
            # when a save is sent again that was done, that one's answer counts.
            if await self.futures.refuse(row, error):
                model.lane.skip(number)
                raise
        try:
            stored, new = await self.futures.accept(row)
        except BaseException:
            if seq is None:
                model.lane.skip(number)
            raise
        if new:
            self.store.touch_model(model.id)
            # In memory once, as what it says; the store has its bytes.
            if model.lane.add(replace(row, payload=None), len(body)):
                self.decoded[row.id] = call
            else:
                await self.futures.fail(row, f"number {number} was used before; its outcome is no longer kept", "user")
        return stored.id, model.id

    async def _use_up(self, kind: str, body: bytes, content_type: str, lenient: bool, error: BadRequest) -> None:
        """A request that cannot be read has used up its number too, where it says which."""
        named = await asyncio.to_thread(number_in, body, content_type)
        model = self.models.get(named[0]) if named else None
        if named is not None and model is not None:
            row = operation(kind, model.id, named[1], body, content_type, lenient)
            if await self.futures.refuse(row, error):
                model.lane.skip(named[1])

    async def _check(self, model: Model, call: Call) -> None:
        if model.driven:
            raise BadRequest(
                400,
                f"model {model.id} is being trained by the server's own RLVE run; wait for its end or stop it "
                f"(POST rlve_jobs/{model.id}/stop), or only sample from it",
            )
        if isinstance(call, wire.ForwardBackward):
            if len(call.data) > model.plan.max_batch_size:
                raise BadRequest(
                    400,
                    f"data has {len(call.data)} data and the model's max_batch_size is {model.plan.max_batch_size}; "
                    "send them in several calls, whose gradients add up",
                )
            try:
                check_data(call.data, call.loss, self.host.vocabulary_size, model.plan.max_seq_len)
            except BadDatum as error:
                raise BadRequest(400, str(error)) from None
        elif isinstance(call, Save):
            if model.plan.train_only and isinstance(call, SaveWeightsForSamplerRequest):
                raise BadRequest(400, "a model with debug_train_only has no sampler; create it without to sample")
            overwrite = isinstance(call, SaveWeightsRequest) and call.overwrite
            name = call.checkpoint_name
            if name is not None and not overwrite:
                await self._require_free(TinkerPath(model.id, checkpoint_kind(call), name), call)
        elif isinstance(call, LoadWeightsRequest) and not (call.checkpoint.run == model.id and model.lane.waiting):
            await self._loadable(model, call)  # else a save that waits may yet make it

    async def _loadable(self, model: Model, call: LoadWeightsRequest) -> CheckpointRow:
        row = await self.checkpoints.find(call.checkpoint)
        self._check_trainable(row)
        if row.info["lora"] != (model.plan.lora.model_dump() if model.plan.lora else None):
            raise BadRequest(400, f"{call.path} was trained with lora_config {row.info['lora']}, the model is not")
        return row

    async def _require_free(self, path: TinkerPath, call: Call) -> None:
        if await self.store.checkpoint(str(path)) is not None:
            hint = " or pass overwrite=true" if isinstance(call, SaveWeightsRequest) else ""
            raise BadRequest(400, f"{path} exists and checkpoints do not change; choose another name" + hint)

    async def _run(self, model: Model, row: FutureRow) -> None:
        """One operation, when its turn has come."""
        call = self.decoded.pop(row.id, None)
        try:
            if call is None:
                call = decode(row.kind, row.payload or b"", *stored_type(row.content_type))
            if isinstance(call, ModelRequest):
                await self._unload(model, row)
                return
            result, result_type, also = await self._apply(model, row, call)
            await self.futures.finish(row, result, result_type, also)
        except Exception as error:  # noqa: BLE001 (the boundary: every failure is an answer)
            await failed(self.futures, row, error)
        await self._snapshot_if_due(model, row)

    async def _apply(self, model: Model, row: FutureRow, call: Call) -> tuple[bytes, str, list[Add | Change]]:
        policy = model.policy
        assert policy is not None
        if isinstance(call, wire.ForwardBackward):
            if call.forward_only:
                result = await policy.forward(call.data, call.loss)
            else:
                result = await self._accumulate(model, policy, call)
            return await asyncio.to_thread(wire.encode_loss_result, wire.cut(result, call.kept)), "loss", []
        if isinstance(call, OptimStepRequest):
            return json.dumps(await self._step(model, policy, call)).encode(), "json", []
        if isinstance(call, LoadWeightsRequest):
            await self._load(model, policy, call)
            return _json({"path": call.path, "model_id": model.id, "type": "load_weights"}), "json", []
        if isinstance(call, SaveWeightsForSamplerRequest):
            return await self._save_for_sampler(model, policy, row, call)
        assert isinstance(call, SaveWeightsRequest | SaveWeightsExternalRequest)
        return await self._save(model, policy, call)

    async def _accumulate(self, model: Model, policy: Policy, call: wire.ForwardBackward) -> Any:
        try:
            result = await policy.forward_backward(call.data, call.loss)
        except NonFiniteLoss:
            model.gradient = False
            raise
        model.gradient = True
        return result

    async def _step(self, model: Model, policy: Policy, call: OptimStepRequest) -> dict[str, Any]:
        metrics = await policy.optim_step(call.adam)
        model.version += 1
        model.steps += 1
        model.gradient = False
        rate = call.adam.learning_rate
        # DeepSpeed counts as torch does, from the policy's first step.
        return {
            "learning_rates": [rate],
            "step_count": int(metrics["step_count"]),
            "metrics": {**metrics, "learning_rate": rate},
            "type": "optim_step",
        }

    async def _load(self, model: Model, policy: Policy, call: LoadWeightsRequest) -> None:
        row = await self._loadable(model, call)
        await policy.load_weights(str(self.checkpoints.folder(row)), call.optimizer)
        model.version += 1
        model.gradient = False
        model.steps = self.limits.snapshot_every  # the checkpoint may be deleted: a snapshot is due

    async def _save(
        self, model: Model, policy: Policy, call: SaveWeightsRequest | SaveWeightsExternalRequest
    ) -> tuple[bytes, str, list[Add | Change]]:
        external = isinstance(call, SaveWeightsExternalRequest)
        path = TinkerPath(model.id, checkpoint_kind(call), call.checkpoint_name or f"auto-{uuid.uuid4().hex[:12]}")
        if not getattr(call, "overwrite", False):
            await self._require_free(path, call)  # one before it may have taken the name

        async def fill(folder: Path) -> None:
            await policy.save_weights(str(folder), merged=False)
            if external:
                await asyncio.to_thread(shutil.rmtree, folder / "trainer", True)

        made = await self.checkpoints.write(
            path, fill, self._info(model), expires_at=_expiry(call.ttl_seconds), user_metadata=call.user_metadata
        )
        result = {
            "path": str(path),
            "tinker_path": str(path),
            "sampling_session_id": None,
            "router_address": None,
            "type": "save_weights",
        }
        if external:
            result = {"path": str(path), "size_bytes": made.size_bytes, "type": "save_weights_external"}
        return _json(result), "json", [Add(made, replace=getattr(call, "overwrite", False))]

    async def _save_for_sampler(
        self, model: Model, policy: Policy, row: FutureRow, call: SaveWeightsForSamplerRequest
    ) -> tuple[bytes, str, list[Add | Change]]:
        lora = model.plan.lora is not None
        named = call.sampling_session_seq_id is None
        if named:
            path = TinkerPath(model.id, "sampler_weights", call.checkpoint_name or f"auto-{uuid.uuid4().hex[:12]}")
            await self._require_free(path, call)

            async def fill(folder: Path) -> None:
                await policy.save_weights_for_sampler(path=str(folder))

            made = await self.checkpoints.write(
                path, fill, self._info(model), expires_at=_expiry(call.ttl_seconds), user_metadata=call.user_metadata
            )
            model.synced = model.version
            result = {
                "path": str(path),
                "tinker_path": str(path),
                "sampling_session_id": None,
                "router_address": None,
                "type": "save_weights_for_sampler",
            }
            return _json(result), "json", [Add(made)]
        sampler_id = f"{model.row.session_id}:sample:{call.sampling_session_seq_id}"
        known = await self.store.sampler(sampler_id)
        if known is not None and (known.model_id, known.model_seq) != (model.id, row.seq):
            raise BadRequest(400, f"sampling_session_seq_id {call.sampling_session_seq_id} was used before")
        folder = self.sampling.folder(sampler_id)
        if lora:
            await asyncio.to_thread(shutil.rmtree, folder, True)
        report = await policy.save_weights_for_sampler(keep=lora, path=str(folder) if lora else None)
        model.synced = model.version
        await self.sampling.adopt(sampler_id, PinnedSampler(policy, report.version, kept=lora))
        sampler = SamplerRow(
            sampler_id,
            model.row.session_id,
            model.row.base_model,
            time.time(),
            call.sampling_session_seq_id,
            model.id,
            row.seq,
        )
        result = {
            "path": None,
            "tinker_path": None,
            "sampling_session_id": sampler_id,
            "router_address": None,
            "type": "save_weights_for_sampler",
        }
        return _json(result), "json", [] if known is not None else [Add(sampler)]

    async def _unload(self, model: Model, row: FutureRow) -> None:
        async def later() -> None:
            await self.end(model.id, "ended", "it was unloaded")

        await self.futures.finish(row, _json({"model_id": model.id, "type": "unload_model"}), "json")
        # Not from within the lane, which `end` stops.
        self.ending = asyncio.create_task(later())

    async def present(self, model_id: str) -> Sampler:
        """The model's weights as they are once what was submitted before has been done."""
        model = self.find(model_id)
        if model.plan.train_only:
            raise BadRequest(400, "a model with debug_train_only has no sampler; create it without to sample")
        if model.starting is not None:
            await asyncio.gather(asyncio.shield(model.starting), return_exceptions=True)
        await model.lane.idle.wait()
        async with model.syncing:
            policy = model.policy
            if policy is None:
                raise BadRequest(400, f"model {model_id} could not be made or has ended meanwhile")
            if model.synced != model.version and not model.driven:
                version = model.version
                await policy.save_weights_for_sampler()
                model.synced = version
        return policy

    # Restarts

    async def resume(self, pending: Sequence[FutureRow]) -> None:
        """Makes the models again that were alive, and goes on with what was accepted and not answered."""
        creating = {row.model_id: row for row in pending if row.kind_group == "create"}
        waiting = [row for row in pending if row.kind_group == "train"]
        alive = {row.id: row for row in await self.store.live_models()}
        for row in [*creating.values(), *waiting]:
            self.futures.resume(row)
        for id, future in creating.items():
            if id not in alive:
                # The crash came between the two writes.
                text = "the server restarted before it had begun with this; send it again with another model_seq_id"
                await self.futures.fail(future, text, "server")
        for row in alive.values():
            model = self._begin(row, Plan.of(row.request), creating.get(row.id))
            model.lane.reserve(await self.store.last_seq(row.id) or 0)
        for row in waiting:
            if row.lane not in self.models:
                await self.futures.fail(
                    row,
                    f"the server restarted and model {row.lane} could not be made again; create one from its last "
                    "checkpoint",
                    "server",
                )

    async def _restore(self, model: Model) -> None:
        """The state that the model had: its snapshot or checkpoint, and what was done since."""
        policy, row = model.policy, model.row
        assert policy is not None
        done = 0
        if row.snapshot_seq is not None:
            await policy.load_weights(str(self._snapshot(model, row.snapshot_seq)))
            done = row.snapshot_seq
        elif model.plan.load is not None:
            uri, optimizer = model.plan.load
            saved = await self.checkpoints.find(uri)
            await policy.load_weights(str(self.checkpoints.folder(saved)), optimizer)
            await self._take_snapshot(model, 0)
        answered = True
        for each in await self.store.log_of(model.id, done):
            assert each.seq is not None
            if each.status in ("pending", "running"):
                answered = False
                model.lane.add(each, len(each.payload or b""))
            elif answered and each.seq == done + 1:
                await self._redo(model, policy, each)
                done = each.seq
            else:
                model.lane.skip(each.seq)  # refused before its turn came
        model.lane.go_on_after(done)

    async def _redo(self, model: Model, policy: Policy, row: FutureRow) -> None:
        """An operation that was answered before the crash, for its effect."""
        if row.kind not in CHANGES_STATE or (row.status == "failed" and row.payload is None):
            return
        if row.payload is None:
            raise RuntimeError(f"operation {row.seq} of {model.id} is no longer stored")
        call = decode(row.kind, row.payload, *stored_type(row.content_type))
        with suppress(*CLIENTS_FAULT):  # as it did then
            await self._apply(model, row, call)

    def _snapshot(self, model: Model, seq: int) -> Path:
        return self.root / _plain(model.id) / f"snapshot-{seq}"

    async def _snapshot_if_due(self, model: Model, row: FutureRow) -> None:
        if model.steps >= self.limits.snapshot_every and not model.gradient and model.policy is not None:
            assert row.seq is not None
            try:
                await self._take_snapshot(model, row.seq)
            except OSError as error:
                log.error("a snapshot failed; a restart will repeat more", extra={"model_id": model.id}, exc_info=error)

    async def _take_snapshot(self, model: Model, seq: int) -> None:
        """Saves the state after operation `seq`, between two operations and with no gradient waiting."""
        assert model.policy is not None
        folder, before = self._snapshot(model, seq), model.row.snapshot_seq
        partial = folder.with_name("partial")
        await asyncio.to_thread(shutil.rmtree, partial, True)
        partial.mkdir(parents=True)
        await model.policy.save_weights(str(partial), merged=False)
        await asyncio.to_thread(shutil.rmtree, folder, True)
        partial.rename(folder)
        await self.store.update_model(model.id, snapshot_seq=seq)
        model.row = replace(model.row, snapshot_seq=seq)
        model.steps = 0
        await self.store.drop_payloads(model.id, seq)
        if before is not None and before != seq:
            await asyncio.to_thread(shutil.rmtree, self._snapshot(model, before), True)

    async def hand_over(self, model: Model) -> None:
        """The server's own run on it is over: from here on it is the client's."""
        model.version += 1
        await self._take_snapshot(model, 0)
        model.driven = False

    # Facts

    def _info(self, model: Model) -> dict[str, Any]:
        lora = model.plan.lora
        return {
            "base_model": model.row.base_model,
            "is_lora": lora is not None,
            "lora": lora.model_dump() if lora else None,
        }

    def _check_trainable(self, row: CheckpointRow) -> None:
        if row.kind != "weights":
            raise BadRequest(
                400, f"{row.tinker_path} has no optimizer state; training goes on from weights/ checkpoints"
            )

    def _same_lora(
        self, row: CheckpointRow, request: CreateModelRequest, asked: LoraConfig | None
    ) -> LoraConfig | None:
        """The checkpoint's, which the request's must be where it has one."""
        self._check_trainable(row)
        saved = LoraConfig.model_validate(row.info["lora"]) if row.info["lora"] else None
        if "lora_config" in request.model_fields_set and asked != saved:
            raise BadRequest(
                400, f"{row.tinker_path} was trained with lora_config {row.info['lora']}; leave it out or give that"
            )
        return saved


def _expiry(ttl_seconds: int | None) -> float | None:
    return None if ttl_seconds is None else time.time() + ttl_seconds


def _plain(model_id: str) -> str:
    """A model's id as the name of a folder."""
    return model_id.replace(":", "_")


def _json(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode()
