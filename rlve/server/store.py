"""The server's memory that outlives it: sessions, models, samplers, checkpoints and futures in SQLite or PostgreSQL.

A write returns after its COMMIT. What was returned survives kill -9, and on SQLite (synchronous=FULL) a power cut too.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, Table, delete, exists, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from rlve.server.database import Database, connect
from rlve.server.tables import (
    LIVE,
    OPEN,
    TABLES,
    CheckpointRow,
    FutureRow,
    ModelRow,
    Row,
    SamplerRow,
    SessionRow,
    checkpoints,
    columns_of,
    futures,
    key_of,
    models,
    samplers,
    sessions,
)
from rlve.server.writer import StoreError, Writer, named
from rlve.server.writes import (
    INT64,
    Add,
    Change,
    Notes,
    Outcome,
    Submission,
    apply,
    call_each,
    check,
    futures_without,
    insert_futures,
    is_key,
    storable,
    write_notes,
    write_outcomes,
)

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R", SessionRow, ModelRow, SamplerRow, CheckpointRow)

READERS = 4
NOTES_SECONDS = 3.0
"""How long a heartbeat and the like may wait before they are written; a crash loses at most that much of them."""
CLEANUP_PORTION = 1000
"""Rows that one transaction deletes, so that submissions need not wait for a large cleanup."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows, newest first, of `total`."""

    rows: list[T]
    total: int


@dataclass(frozen=True, slots=True)
class Counts:
    """For the health route."""

    sessions: int
    models: int
    open_futures: int
    checkpoints: int


class Store:
    """Open it inside the event loop that uses it. One process writes to a database at a time; `open` sees to that."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock
        self._writer = Writer(database.writing)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")
        self._notes: Notes = {}
        self._noting = asyncio.create_task(self._write_notes_regularly())

    @classmethod
    async def open(cls, url: str, clock: Callable[[], float] = time.time) -> Self:
        """url: sqlite:///relative/path, sqlite:////absolute/path or postgresql+psycopg://user:password@host/name."""
        return cls(await asyncio.to_thread(connect, url, READERS), clock)

    async def close(self) -> None:
        """Commits all that waits."""
        self._noting.cancel()
        with suppress(asyncio.CancelledError):
            await self._noting
        try:
            await self.flush()
        finally:
            await self._writer.close()
            self._readers.shutdown()
            await asyncio.to_thread(self._database.close)

    # Sessions

    async def add_session(self, row: SessionRow) -> None:
        await self._add(row)

    def touch_sessions(self, ids: Iterable[str], now: float | None = None) -> None:
        """Notes that these were heard of; written within NOTES_SECONDS."""
        self._note("sessions", ids, now)

    async def update_session(self, id: str, **values: Any) -> bool:
        return await self._change(Change(SessionRow, id, values))

    async def end_session(self, id: str, reason: str, now: float | None = None) -> bool:
        """False if it has ended before or is unknown; the first reason stays."""
        ended = {"ended_at": self._clock() if now is None else now, "end_reason": reason}
        statement = update(sessions).where(sessions.c.id == id, sessions.c.ended_at.is_(None)).values(ended)
        return await self._write(lambda connection: connection.execute(statement).rowcount > 0)

    async def session(self, id: str) -> SessionRow | None:
        row = await self._get(SessionRow, id)
        noted = self._notes.get(("sessions", id))
        return replace(row, last_seen=max(row.last_seen, noted)) if row and noted else row

    async def list_sessions(self, limit: int, offset: int = 0) -> Page[SessionRow]:
        await self.flush()
        return await self._page(SessionRow, limit, offset)

    async def expired_sessions(self, before: float) -> list[SessionRow]:
        """Sessions that have not ended and were last heard of before that time."""
        await self.flush()
        silent = sessions.c.ended_at.is_(None) & (sessions.c.last_seen < before)
        return await self._select(SessionRow, silent, sessions.c.last_seen)

    # Models

    async def add_model(self, row: ModelRow) -> None:
        await self._add(row)

    async def update_model(self, id: str, **values: Any) -> bool:
        return await self._change(Change(ModelRow, id, values))

    def touch_model(self, id: str, now: float | None = None) -> None:
        """Notes the time of a request; written within NOTES_SECONDS."""
        self._note("models", [id], now)

    async def model(self, id: str) -> ModelRow | None:
        row = await self._get(ModelRow, id)
        noted = self._notes.get(("models", id))
        return replace(row, last_request_at=max(row.last_request_at, noted)) if row and noted else row

    async def models_of(self, session_id: str) -> list[ModelRow]:
        return await self._select(ModelRow, models.c.session_id == session_id, models.c.model_seq_id)

    async def list_models(self, limit: int, offset: int = 0) -> Page[ModelRow]:
        await self.flush()
        return await self._page(ModelRow, limit, offset)

    async def live_models(self) -> list[ModelRow]:
        """Those that were starting or ready, oldest first."""
        return await self._select(ModelRow, models.c.status.in_(LIVE), models.c.created_at)

    # Samplers

    async def add_sampler(self, row: SamplerRow) -> None:
        await self._add(row)

    async def sampler(self, id: str) -> SamplerRow | None:
        return await self._get(SamplerRow, id)

    async def samplers_of(self, session_id: str) -> list[SamplerRow]:
        return await self._select(SamplerRow, samplers.c.session_id == session_id, samplers.c.created_at)

    # Checkpoints

    async def add_checkpoint(self, row: CheckpointRow, replace: bool = False) -> None:
        """Conflict if the path is taken, unless it may be replaced: then with everything, lifetime and metadata too."""
        await self._add(row, replace)

    async def checkpoint(self, tinker_path: str) -> CheckpointRow | None:
        return await self._get(CheckpointRow, tinker_path)

    async def list_checkpoints(self, limit: int, offset: int = 0, model_id: str | None = None) -> Page[CheckpointRow]:
        return await self._page(
            CheckpointRow, limit, offset, None if model_id is None else checkpoints.c.model_id == model_id
        )

    async def delete_checkpoint(self, tinker_path: str) -> bool:
        statement = delete(checkpoints).where(checkpoints.c.tinker_path == tinker_path)
        return await self._write(lambda connection: connection.execute(statement).rowcount > 0)

    async def set_ttl(self, tinker_path: str, expires_at: float | None) -> bool:
        return await self._change(Change(CheckpointRow, tinker_path, {"expires_at": expires_at}))

    async def set_public(self, tinker_path: str, public: bool) -> bool:
        return await self._change(Change(CheckpointRow, tinker_path, {"public": public}))

    async def expired_checkpoints(self, now: float | None = None) -> list[CheckpointRow]:
        due = checkpoints.c.expires_at <= (self._clock() if now is None else now)
        return await self._select(CheckpointRow, due, checkpoints.c.expires_at)

    # Futures

    async def submit(self, future: FutureRow) -> Submission:
        """Stores an operation once for each (lane, kind_group, seq); without seq always."""
        if future.seq is not None and future.seq not in INT64:
            raise ValueError(f"seq must fit in 64 bits, got {future.seq}")
        return await self._writer.write(insert_futures, future)

    async def mark_running(self, id: str) -> None:
        statement = update(futures).where(futures.c.id == id, futures.c.status == "pending").values(status="running")
        await self._write(lambda connection: connection.execute(statement))

    async def finish(self, id: str, result: bytes, result_type: str, also: Sequence[Add | Change] = ()) -> bool:
        """The outcome, and in the same transaction all of `also`.

        False, and nothing is written, if the future has an outcome or is unknown; Conflict as for the rows' own `add_`.
        """
        values = {"status": "done", "result": result, "result_type": result_type}
        return await self._finish(id, values, also)

    async def fail(self, id: str, error: str, category: str, also: Sequence[Add | Change] = ()) -> bool:
        """As `finish`; the error's text may be any string."""
        # A failure that cannot be stored would never be told.
        return await self._finish(id, {"status": "failed", "error": storable(error), "category": category}, also)

    async def future(self, id: str) -> FutureRow | None:
        """Without its payload."""
        found = await self._rows(FutureRow, futures_without("payload").where(futures.c.id == id)) if is_key(id) else []
        return found[0] if found else None

    async def payload(self, id: str) -> bytes | None:
        return await self._read(lambda c: c.scalar(select(futures.c.payload).where(futures.c.id == id)))

    def mark_retrieved(self, id: str, now: float | None = None) -> None:
        """Notes that the outcome was fetched; written within NOTES_SECONDS."""
        self._note("futures", [id], now)

    async def pending(self) -> list[FutureRow]:
        """Every future without an outcome, with its payload, in the order of arrival."""
        return await self._rows(
            FutureRow, futures_without("result").where(futures.c.status.in_(OPEN)).order_by(futures.c.number)
        )

    async def log_of(
        self, lane: str, after_seq: int = -1, kind_group: str = "train", limit: int | None = None
    ) -> list[FutureRow]:
        """A lane's futures with their payloads, without their results, in the order of seq."""
        mine = (futures.c.lane == lane) & (futures.c.kind_group == kind_group) & (futures.c.seq > after_seq)
        return await self._rows(FutureRow, futures_without("result").where(mine).order_by(futures.c.seq).limit(limit))

    async def last_seq(self, lane: str, kind_group: str = "train") -> int | None:
        """The highest number that a lane's stored futures have."""
        mine = (futures.c.lane == lane) & (futures.c.kind_group == kind_group)
        return await self._read(lambda c: c.scalar(select(func.max(futures.c.seq)).where(mine)))

    async def drop_payloads(self, lane: str, upto_seq: int, kind_group: str = "train") -> int:
        """Forgets what finished operations were asked, once a snapshot holds their effect. Returns their count."""
        mine = (futures.c.lane == lane) & (futures.c.kind_group == kind_group) & (futures.c.seq <= upto_seq)
        spent = mine & futures.c.finished_at.is_not(None) & futures.c.payload.is_not(None)
        statement = update(futures).where(spent).values(payload=None)
        return await self._write(lambda connection: connection.execute(statement).rowcount)

    async def cleanup(self, max_age_seconds: float) -> int:
        """Deletes futures that finished longer ago; keeps those that a restart must replay. Returns their count."""
        replayed = exists().where(
            models.c.id == futures.c.model_id,
            models.c.status.in_(LIVE),
            futures.c.kind_group == "train",
            futures.c.seq > func.coalesce(models.c.snapshot_seq, -1),
        )
        old = futures.c.finished_at < self._clock() - max_age_seconds
        portion = select(futures.c.number).where(old, ~replayed).limit(CLEANUP_PORTION)
        statement = delete(futures).where(futures.c.number.in_(portion))
        count = 0
        while True:
            deleted = await self._write(lambda connection: connection.execute(statement).rowcount)
            count += deleted
            if deleted < CLEANUP_PORTION:
                return count

    async def counts(self) -> Counts:
        """Sessions that have not ended, live models, futures without outcome, checkpoints."""
        conditions = (
            (sessions, sessions.c.ended_at.is_(None)),
            (models, models.c.status.in_(LIVE)),
            (futures, futures.c.status.in_(OPEN)),
            (checkpoints, None),
        )
        counts = [_count(table, condition).scalar_subquery() for table, condition in conditions]
        return Counts(*await self._read(lambda c: c.execute(select(*counts)).one()))

    async def flush(self) -> None:
        """Writes the notes now."""
        if notes := self._notes:
            self._notes = {}
            try:
                await self._write(partial(write_notes, notes))
            except StoreError:
                self._notes = notes | self._notes
                raise

    def _note(self, table: str, ids: Iterable[str], now: float | None) -> None:
        at = self._clock() if now is None else now
        self._notes.update({(table, id): at for id in ids})

    async def _write_notes_regularly(self) -> None:
        while True:
            await asyncio.sleep(NOTES_SECONDS)
            try:
                await self.flush()
            except StoreError as error:
                log.warning("heartbeats are not stored yet: %s", error)

    async def _finish(self, id: str, values: dict[str, Any], also: Sequence[Add | Change]) -> bool:
        for change in also:
            check(change)
        outcome = Outcome(id, {"result": None, "result_type": None, "error": None, "category": None} | values, also)
        outcome.values["finished_at"] = self._clock()
        return await self._writer.write(write_outcomes, outcome)

    async def _add(self, row: Row, replace: bool = False) -> None:
        add = Add(row, replace)
        check(add)
        await self._write(lambda connection: apply(connection, [add]))

    async def _change(self, change: Change) -> bool:
        check(change)
        return await self._write(lambda connection: apply(connection, [change]) > 0)

    async def _write(self, write: Callable[[Connection], T]) -> T:
        return await self._writer.write(call_each, write)

    async def _read(self, query: Callable[[Connection], T]) -> T:
        def work() -> T:
            try:
                with self._database.reading.connect() as connection:
                    return query(connection)
            except SQLAlchemyError as error:
                raise named(error) from error

        return await asyncio.get_running_loop().run_in_executor(self._readers, work)

    async def _rows(self, row_type: Callable[..., T], statement: Select[Any]) -> list[T]:
        return await self._read(lambda c: [row_type(*values) for values in c.execute(statement)])

    async def _get(self, row_type: type[R], key: str) -> R | None:
        if not is_key(key):
            return None
        table = TABLES[row_type]
        found = await self._rows(row_type, _all(row_type).where(key_of(table) == key))
        return found[0] if found else None

    async def _select(self, row_type: type[R], condition: ColumnElement[bool], order: ColumnElement[Any]) -> list[R]:
        return await self._rows(row_type, _all(row_type).where(condition).order_by(order, key_of(TABLES[row_type])))

    async def _page(
        self, row_type: type[R], limit: int, offset: int, condition: ColumnElement[bool] | None = None
    ) -> Page[R]:
        table = TABLES[row_type]
        statement = _all(row_type).order_by(table.c.created_at.desc(), key_of(table).desc()).limit(limit).offset(offset)
        if condition is not None:
            statement = statement.where(condition)

        def read(connection: Connection) -> Page[R]:
            rows = [row_type(*values) for values in connection.execute(statement)]
            return Page(rows, connection.scalar(_count(table, condition)) or 0)

        return await self._read(read)


def _all(row_type: type[Row]) -> Select[Any]:
    return select(*columns_of(row_type, TABLES[row_type]))


def _count(table: Table, condition: ColumnElement[bool] | None) -> Select[int]:
    statement = select(func.count()).select_from(table)
    return statement if condition is None else statement.where(condition)
