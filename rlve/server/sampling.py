"""Sampling sessions, each bound to the weights that it was made from, and the requests on them."""

import asyncio
import logging
import shutil
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from rlve.policy import Sampler
from rlve.server import wire
from rlve.server.checkpoints import Checkpoints
from rlve.server.futures import Futures, new_id
from rlve.server.hosting import ClosableSampler, Host
from rlve.server.operations import answered
from rlve.server.parsing import BadRequest, parse
from rlve.server.requests import ASampleRequest, TinkerPath
from rlve.server.store import Store
from rlve.server.tables import FutureRow, SamplerRow

log = logging.getLogger("rlve.server")


@dataclass
class Resident:
    """A sampler that is open; users: requests at work with it."""

    sampler: ClosableSampler
    users: int = 0
    dropped: bool = False


class Sampling:
    """Samplers open at their first request and close when others have been used since, or their session ends."""

    def __init__(self, host: Host, store: Store, futures: Futures, checkpoints: Checkpoints, root: Path) -> None:
        self.host, self.store, self.futures, self.checkpoints = host, store, futures, checkpoints
        self.root = root / "samplers"
        self.limits = host.config.limits
        self.residents: OrderedDict[str, Resident] = OrderedDict()
        self.opening: dict[str, asyncio.Lock] = {}
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self.present: Callable[[str], Awaitable[Sampler]] | None = None
        self.sampled_tokens = 0

    async def create(
        self, session_id: str, number: int | None, base: str | None, path: TinkerPath | None
    ) -> SamplerRow:
        """A sampling session of the base model or of a checkpoint; the same number gives the same one again."""
        info = None
        if path is not None:
            row = await self.checkpoints.find(path)
            info = row.info
            if not info.get("is_lora"):
                raise BadRequest(
                    400,
                    f"{path} holds full weights, which cannot be sampled beside the base model; start a server with "
                    "model.path on its folder, or train an adapter (lora_config)",
                )
        named = [self.host.require(name) for name in (base, info["base_model"] if info else None) if name is not None]
        id = f"{session_id}:sample:{uuid.uuid4().hex if number is None else number}"
        made = SamplerRow(
            id, session_id, named[0], time.time(), sampling_session_seq_id=number, tinker_path=path and str(path)
        )
        known = await self.store.sampler(id)
        if known is None:
            await self.store.add_sampler(made)
            return made
        if known.tinker_path != made.tinker_path or known.model_id is not None:
            raise BadRequest(400, f"sampling_session_seq_id {number} was used before with other weights")
        return known

    def folder(self, sampler_id: str) -> Path:
        """Where the weights of a sampler without a checkpoint lie."""
        return self.root / sampler_id.replace(":", "_")

    async def adopt(self, sampler_id: str, sampler: ClosableSampler) -> None:
        """A sampler that is open already."""
        self.residents[sampler_id] = Resident(sampler)
        await self._make_room()

    async def submit(self, request: ASampleRequest, body: bytes, content_type: str, lenient: bool) -> tuple[str, int]:
        """Accepts a request; its id and the number of samples. BadRequest 429 where too many wait."""
        lane = await self._lane(request)
        left = self.host.max_seq_len - len(request.prompt.token_ids)
        request.sampling(left)  # a fault is told at once
        if len(self.tasks) >= self.limits.samples:
            raise BadRequest(429, f"{len(self.tasks)} samples wait already; send it again later")
        row = FutureRow(
            new_id(),
            "sample",
            "sample",
            lane,
            time.time(),
            seq=request.seq_id,
            model_id=request.model_id,
            # Kept with the payload, since leniency changes what it means.
            content_type=f"{content_type};lenient" if lenient else content_type,
            payload=body,
        )
        stored, new = await self.futures.accept(row)
        if new:
            self._begin(row, request)
        return stored.id, request.num_samples

    def resume(self, row: FutureRow) -> None:
        """A request that an earlier process accepted and did not answer."""
        self.futures.resume(row)
        self._begin(row, parse(ASampleRequest, row.payload or b"", row.content_type.endswith(";lenient")))

    async def drop(self, sampler_ids: list[str]) -> None:
        """Frees the samplers of an ended session, and their weights where nothing else has them."""
        for id in sampler_ids:
            await self._drop(id)
            await asyncio.to_thread(shutil.rmtree, self.folder(id), True)

    async def drop_of(self, policy: object) -> None:
        """Closes what leans on a policy that ends; saved weights are opened again from their folder."""
        for id, resident in list(self.residents.items()):
            if getattr(resident.sampler, "policy", None) is policy:
                await self._drop(id)

    async def close(self) -> None:
        tasks = list(self.tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def cancel(self, id: str) -> None:
        """A client no longer wants a sample: its tokens are given up, and its engine has room for others."""
        task = self.tasks.get(id)
        row = await self.store.future(id)
        if task is None or row is None:
            return
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self.futures.fail(row, "its client cancelled it", "user")

    async def _lane(self, request: ASampleRequest) -> str:
        """Whose numbers seq_id counts among; BadRequest where there is nothing to sample from."""
        if request.sampling_session_id is not None:
            row = await self.store.sampler(request.sampling_session_id)
            session = row and await self.store.session(row.session_id)
            if row is None or session is None:
                raise BadRequest(404, f"there is no sampling session {request.sampling_session_id[:200]}")
            if session.ended_at is not None:
                raise BadRequest(404, f"the session of {row.id} has ended; make a new one")
            self.store.touch_sessions([session.id])
            return row.id
        if request.model_id is not None:
            if await self.store.model(request.model_id) is None:
                raise BadRequest(404, f"there is no model {request.model_id[:200]}")
            return f"present:{request.model_id}"
        if request.checkpoint is not None:
            return str((await self.checkpoints.find(request.checkpoint)).tinker_path)
        return f"base:{self.host.require(request.base_model or '')}"

    def _begin(self, row: FutureRow, request: ASampleRequest) -> None:
        task = asyncio.create_task(answered(self.futures, row, self._sample(row, request)))
        self.tasks[row.id] = task
        task.add_done_callback(lambda _: self.tasks.pop(row.id, None))

    async def _sample(self, row: FutureRow, request: ASampleRequest) -> tuple[bytes, str]:
        if request.model_id is not None:
            assert self.present is not None
            return await self._draw(await self.present(request.model_id), request)
        resident = await self._resident(row.lane)
        try:
            return await self._draw(resident.sampler, request)
        finally:
            resident.users -= 1
            if resident.dropped and not resident.users:
                await self._close(resident)

    async def _draw(self, sampler: Sampler, request: ASampleRequest) -> tuple[bytes, str]:
        prompt = request.prompt.token_ids
        params = request.sampling(self.host.max_seq_len - len(prompt))
        scored = None
        if request.wants_prompt_logprobs or request.topk_prompt_logprobs:
            scored = await sampler.score(prompt, request.topk_prompt_logprobs)
        completions = await sampler.sample(prompt, params, request.num_samples)
        while any(completion.unfinished for completion in completions):
            # A run of the server's own on the same model has ended its samples; this request is none of them.
            completions = await sampler.sample(prompt, params, request.num_samples)
        self.sampled_tokens += sum(len(completion.tokens) for completion in completions)
        return wire.encode_samples(completions, scored, request.prompt_logprobs_last_n), "sample"

    async def _resident(self, key: str) -> Resident:
        """The open sampler of a lane, counted as used until its caller is done."""
        async with self.opening.setdefault(key, asyncio.Lock()):
            resident = self.residents.get(key)
            if resident is None:
                resident = self.residents[key] = Resident(await self._open(key))
            resident.users += 1
        self.residents.move_to_end(key)
        await self._make_room()
        return resident

    async def _open(self, key: str) -> ClosableSampler:
        folder: Path | None = None
        if key.startswith("tinker://"):
            folder = self.checkpoints.folder(await self.checkpoints.find(key))
        elif not key.startswith("base:"):
            row = await self.store.sampler(key)
            assert row is not None
            if row.tinker_path is not None:
                folder = self.checkpoints.folder(await self.checkpoints.find(row.tinker_path))
            elif row.model_id is not None:
                folder = self.folder(key)
                if not folder.is_dir():
                    raise BadRequest(
                        400,
                        f"the weights of {key} are no longer there: of a model that trains full weights only the "
                        "newest can be sampled, while the model lives",
                    )
        return await self.host.open_sampler(folder)

    async def _make_room(self) -> None:
        for key in list(self.residents):
            if len(self.residents) <= self.limits.samplers:
                return
            if not self.residents[key].users:
                await self._drop(key)

    async def _drop(self, key: str) -> None:
        resident = self.residents.pop(key, None)
        self.opening.pop(key, None)
        if resident is None:
            return
        resident.dropped = True
        if not resident.users:
            await self._close(resident)

    async def _close(self, resident: Resident) -> None:
        """There is nothing to free of what an engine held that has died, and whoever ends a session need not know."""
        try:
            await resident.sampler.close()
        except Exception as error:
            log.error("a sampler could not be closed", exc_info=error)
