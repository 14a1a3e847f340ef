"""Accepted operations and their outcomes: stored before they are acknowledged, run in order, waited for by polls."""

import asyncio
import re
import time
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from rlve.server.parsing import BadRequest
from rlve.server.store import Store
from rlve.server.tables import FutureRow
from rlve.server.writes import Add, Change, digest_of, storable

CACHE_BYTES = 64 * 2**20
"""Outcomes kept in memory: most are fetched at once, and a lost reply is asked for again."""

REFUSED = "refused"
"""The result_type of an operation that was never accepted; its result is the status that it was refused with."""

QueueState = Literal["active", "paused_capacity"]


@dataclass
class Waiting:
    """An operation without outcome; `reason` tells a client why it waits. session: who is heard when it asks."""

    session: str
    done: asyncio.Event = field(default_factory=asyncio.Event)
    state: QueueState = "active"
    reason: str | None = None


class Futures:
    """Where operations are accepted and answered. The store is the truth, this the part of it that is in motion."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.waiting: dict[str, Waiting] = {}
        self.recent: OrderedDict[str, FutureRow] = OrderedDict()
        self.recent_bytes = 0
        self.worker_died = asyncio.Event()

    async def accept(self, row: FutureRow) -> tuple[FutureRow, bool]:
        """The stored operation and whether it is new; BadRequest where its number names another request already."""
        self.waiting[row.id] = Waiting(session_of(row))
        self.store.touch_sessions([session_of(row)])
        try:
            outcome, stored = await self.store.submit(row)
        except BaseException:
            del self.waiting[row.id]
            raise
        if outcome == "new":
            return row, True
        del self.waiting[row.id]
        if outcome == "other":
            raise BadRequest(
                400,
                f"{row.kind}: number {row.seq} was used before with another request ({stored.kind}); a number names "
                "one request for ever",
            )
        if stored.result_type == REFUSED:
            raise BadRequest(int(stored.result or b"400"), stored.error or "it was refused before")
        return stored, False

    def resume(self, row: FutureRow) -> None:
        """An operation that an earlier process of this server accepted."""
        self.waiting[row.id] = Waiting(session_of(row))

    async def refuse(self, row: FutureRow, error: BadRequest) -> bool:
        """Stores an operation as refused, so that its number is used up; False where the number has a request."""
        refused = replace(
            row,
            digest=digest_of(row),
            payload=None,
            status="failed",
            error=storable(error.detail),
            category="user",
            result=str(error.status).encode(),
            result_type=REFUSED,
            finished_at=time.time(),
        )
        outcome, _ = await self.store.submit(refused)
        return outcome == "new"

    def hold(self, id: str, state: QueueState, reason: str | None = None) -> None:
        """Tells whoever polls what an operation waits for."""
        if id in self.waiting:
            self.waiting[id].state, self.waiting[id].reason = state, reason

    async def finish(self, row: FutureRow, result: bytes, result_type: str, also: Sequence[Add | Change] = ()) -> None:
        """The outcome, stored with `also` in one transaction; then polls return. The first outcome stays."""
        if await self.store.finish(row.id, result, result_type, also):
            self._keep(replace(row, status="done", result=result, result_type=result_type, payload=None))
        self._wake(row.id)

    async def fail(self, row: FutureRow, error: str, category: str, also: Sequence[Add | Change] = ()) -> None:
        if await self.store.fail(row.id, error, category, also):
            self._keep(replace(row, status="failed", error=error, category=category, payload=None))
        self._wake(row.id)

    async def wait(self, id: str, seconds: float) -> FutureRow | Waiting | None:
        """The outcome, or what is still waiting after `seconds`; None for an id that nobody was given."""
        waiting = self.waiting.get(id)
        if waiting is not None:
            self.store.touch_sessions([waiting.session])
            if seconds:
                try:
                    await asyncio.wait_for(waiting.done.wait(), seconds)
                except TimeoutError:
                    return waiting
            elif not waiting.done.is_set():
                return waiting
        found = self.recent.get(id) or await self.store.future(id)
        if found is not None and found.status in ("done", "failed"):
            self.store.mark_retrieved(id)
        return found

    async def cleanup(self, max_age_seconds: float) -> int:
        """Forgets outcomes that are older; their number."""
        count = await self.store.cleanup(max_age_seconds)
        if count:
            self.recent.clear()
            self.recent_bytes = 0
        return count

    def _keep(self, row: FutureRow) -> None:
        self.recent[row.id] = row
        self.recent_bytes += _bytes(row)
        while self.recent_bytes > CACHE_BYTES:
            _, oldest = self.recent.popitem(last=False)
            self.recent_bytes -= _bytes(oldest)

    def _wake(self, id: str) -> None:
        waiting = self.waiting.pop(id, None)
        if waiting is not None:
            waiting.done.set()


class Lane:
    """A model's operations, run one at a time in the order of their numbers, which may arrive in any order."""

    def __init__(self, run: Callable[[FutureRow], Awaitable[None]], limit_bytes: int) -> None:
        """limit_bytes: how much may wait."""
        self._run = run
        self._limit_bytes = limit_bytes
        self._next = 1
        self._highest = 0
        self._waiting: dict[int, FutureRow] = {}
        self._sizes: dict[int, int] = {}
        self._used_up: set[int] = set()
        self._bytes = 0
        self._numbered: bool | None = None
        self._changed = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.idle = asyncio.Event()
        self.idle.set()

    def number(self, seq: int | None, size: int) -> int:
        """The number of a submission of `size` bytes; 429 where too much waits, 400 for a mixture of styles."""
        # The one that the others wait for is let in, or they would wait for ever.
        awaited = seq is not None and (seq == self._next or seq in self._waiting)
        if self._bytes + size > self._limit_bytes and self._waiting and not awaited:
            raise BadRequest(429, f"{self._bytes} bytes of this model's requests wait already; send it again later")
        numbered = seq is not None
        if self._numbered not in (None, numbered):
            raise BadRequest(400, "this model's requests came with and without seq_id; use one style for all of them")
        self._numbered = numbered
        if seq is None:
            seq = self._highest + 1
        elif seq < 1:
            raise BadRequest(400, f"seq_id counts from 1, got {seq}")
        self._highest = max(self._highest, seq)
        return seq

    def last(self) -> int:
        """A number behind all that were given, for what clients do not number: the end of the model."""
        self._highest += 1
        return self._highest

    def add(self, row: FutureRow, size: int) -> bool:
        """An accepted operation of `size` bytes; it runs once all before it have. False where its turn is over."""
        assert row.seq is not None
        if row.seq < self._next:
            return False
        if row.seq in self._waiting:
            return True
        self._highest = max(self._highest, row.seq)
        self._waiting[row.seq] = row
        self._sizes[row.seq] = size
        self._bytes += size
        self.idle.clear()
        self._changed.set()
        return True

    def skip(self, seq: int) -> None:
        """A number that was refused: what follows need not wait for it."""
        self._highest = max(self._highest, seq)
        self._used_up.add(seq)
        self._changed.set()

    def reserve(self, seq: int) -> None:
        """Numbers up to this one were given before a restart."""
        self._highest = max(self._highest, seq)

    def go_on_after(self, seq: int) -> None:
        """What was done before `start`."""
        self._next = seq + 1
        self._highest = max(self._highest, seq)

    def start(self) -> None:
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> list[FutureRow]:
        """Ends after the operation at hand; what had not run."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        left = [self._waiting[seq] for seq in sorted(self._waiting)]
        self._waiting.clear()
        return left

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def works(self) -> bool:
        """Whether an operation runs or has its turn next, and does not wait for one that has not arrived."""
        return self._next in self._waiting

    async def _work(self) -> None:
        while True:
            if self._next in self._used_up:
                self._used_up.discard(self._next)
                self._next += 1
                continue
            row = self._waiting.get(self._next)
            if row is None:
                if not self._waiting:
                    self.idle.set()
                self._changed.clear()
                await self._changed.wait()
                continue
            # Shielded: an operation that has begun is not cut off by stop.
            running = asyncio.ensure_future(self._run(row))
            try:
                await asyncio.shield(running)
            except asyncio.CancelledError:
                await asyncio.gather(running, return_exceptions=True)
                self._done(row)
                raise
            self._done(row)

    def _done(self, row: FutureRow) -> None:
        assert row.seq is not None
        del self._waiting[row.seq]
        self._bytes -= self._sizes.pop(row.seq)
        self._next = row.seq + 1


def session_of(row: FutureRow) -> str:
    """The session that an operation belongs to; other text for samples of what no session owns."""
    return re.split(":(?:train|sample):", row.lane.removeprefix("present:"), maxsplit=1)[0]


def _bytes(row: FutureRow) -> int:
    """What a row without payload takes in memory, about."""
    return 1024 + len(row.result or b"")


def new_id() -> str:
    return f"req-{uuid.uuid4().hex}"
