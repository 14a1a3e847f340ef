"""What the server remembers: one frozen dataclass and one table for each kind of row, field for column.

Times are seconds since the epoch. Ids, lanes and tinker paths are ASCII.
"""

import json
from dataclasses import dataclass, field, fields
from typing import Any, TypeAlias

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

SCHEMA_VERSION = 1
OPEN = ("pending", "running")
"""Statuses of a future that has no outcome yet."""
LIVE = ("starting", "ready")
"""Statuses of a model that holds, or will hold, memory."""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A client's session; it has ended once `ended_at` is set."""

    id: str
    created_at: float
    last_seen: float
    tags: list[str] = field(default_factory=list[str])
    user_metadata: dict[str, Any] | None = None
    sdk_version: str | None = None
    display_name: str | None = None
    project_id: str | None = None
    ended_at: float | None = None
    end_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A model in training. request: the call that created it, as data; status: starting, ready, ended, failed or lost.

    snapshot_seq: operations up to this one are inside the saved weights, later ones must be replayed after a restart.
    """

    id: str
    session_id: str
    model_seq_id: int
    base_model: str
    created_at: float
    last_request_at: float
    request: dict[str, Any] = field(default_factory=dict[str, Any])
    status: str = "starting"
    error: str | None = None
    snapshot_seq: int | None = None
    user_metadata: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class SamplerRow:
    """A sampling session: a base model, a checkpoint, or a model as it was after operation `model_seq`."""

    id: str
    session_id: str
    base_model: str
    created_at: float
    sampling_session_seq_id: int | None = None
    model_id: str | None = None
    model_seq: int | None = None
    tinker_path: str | None = None


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """A named checkpoint. kind: weights, sampler_weights or external_weights; folder: relative to the server's root."""

    tinker_path: str
    model_id: str
    kind: str
    name: str
    folder: str
    created_at: float
    size_bytes: int = 0
    expires_at: float | None = None
    public: bool = False
    user_metadata: dict[str, Any] | None = None
    info: dict[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, slots=True)
class FutureRow:
    """An accepted operation and, later, its outcome. status: pending, running, done or failed.

    (lane, kind_group, seq) is the client's name for it; two submissions under one name are the same operation if their
    digests agree. digest: of what the client asked; empty until stored means of content type and payload.
    result_type: how `result` is written, such as json or protobuf; category: whose fault `error` is, user or server.
    """

    id: str
    kind: str
    kind_group: str
    lane: str
    created_at: float
    seq: int | None = None
    model_id: str | None = None
    content_type: str = "application/json"
    payload: bytes | None = None
    digest: bytes = b""
    status: str = "pending"
    result: bytes | None = None
    result_type: str | None = None
    error: str | None = None
    category: str | None = None
    finished_at: float | None = None
    retrieved_at: float | None = None


Row: TypeAlias = SessionRow | ModelRow | SamplerRow | CheckpointRow


class JsonText(TypeDecorator[Any]):
    """JSON in a text column: the same on every database."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, allow_nan=False)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


metadata = MetaData()
# SQLite numbers rows by itself only where the column's type is spelled INTEGER.
_row_number = BigInteger().with_variant(Integer, "sqlite")

schema_version = Table("schema_version", metadata, Column("version", Integer, nullable=False))

sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Double, nullable=False, index=True),
    Column("last_seen", Double, nullable=False),
    Column("tags", JsonText, nullable=False),
    Column("user_metadata", JsonText),
    Column("sdk_version", Text),
    Column("display_name", Text),
    Column("project_id", Text),
    Column("ended_at", Double),
    Column("end_reason", Text),
)

models = Table(
    "models",
    metadata,
    Column("id", Text, primary_key=True),
    Column("session_id", Text, nullable=False),
    Column("model_seq_id", BigInteger, nullable=False),
    Column("base_model", Text, nullable=False),
    Column("created_at", Double, nullable=False, index=True),
    Column("last_request_at", Double, nullable=False),
    Column("request", JsonText, nullable=False),
    Column("status", Text, nullable=False, index=True),
    Column("error", Text),
    Column("snapshot_seq", BigInteger),
    Column("user_metadata", JsonText),
    UniqueConstraint("session_id", "model_seq_id"),
)

samplers = Table(
    "samplers",
    metadata,
    Column("id", Text, primary_key=True),
    Column("session_id", Text, nullable=False),
    Column("base_model", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("sampling_session_seq_id", BigInteger),
    Column("model_id", Text),
    Column("model_seq", BigInteger),
    Column("tinker_path", Text),
    # Rows without a number never collide: NULLs differ.
    UniqueConstraint("session_id", "sampling_session_seq_id"),
)

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("tinker_path", Text, primary_key=True),
    Column("model_id", Text, nullable=False, index=True),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("folder", Text, nullable=False),
    Column("created_at", Double, nullable=False, index=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("expires_at", Double, index=True),
    Column("public", Boolean, nullable=False),
    Column("user_metadata", JsonText),
    Column("info", JsonText, nullable=False),
)

futures = Table(
    "futures",
    metadata,
    Column("number", _row_number, primary_key=True),  # counts up in the order of arrival
    Column("id", Text, nullable=False, unique=True),
    Column("kind", Text, nullable=False),
    Column("kind_group", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("seq", BigInteger),
    Column("model_id", Text),
    Column("content_type", Text, nullable=False),
    Column("payload", LargeBinary),
    Column("digest", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("result", LargeBinary),
    Column("result_type", Text),
    Column("error", Text),
    Column("category", Text),
    Column("finished_at", Double),
    Column("retrieved_at", Double),
    UniqueConstraint("lane", "kind_group", "seq"),
)
_is_open = futures.c.status.in_(OPEN)
Index("futures_open", futures.c.number, sqlite_where=_is_open, postgresql_where=_is_open)
_is_finished = futures.c.finished_at.is_not(None)
Index("futures_finished", futures.c.finished_at, sqlite_where=_is_finished, postgresql_where=_is_finished)

TABLES: dict[type[Row], Table] = {
    SessionRow: sessions,
    ModelRow: models,
    SamplerRow: samplers,
    CheckpointRow: checkpoints,
}


def columns_of(row_type: type[Row | FutureRow], table: Table) -> list[Column[Any]]:
    """The table's columns in the order of the row's fields, so that `row_type(*selected)` rebuilds the row."""
    return [table.c[each.name] for each in fields(row_type)]


def key_of(table: Table) -> Column[Any]:
    """The one column by which callers name a row."""
    return futures.c.id if table is futures else next(iter(table.primary_key.columns))


def values_of(row: Row | FutureRow) -> dict[str, Any]:
    """Column name → value; unlike dataclasses.asdict it copies nothing."""
    return {each.name: getattr(row, each.name) for each in fields(row)}
