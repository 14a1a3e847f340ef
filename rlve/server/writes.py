"""The statements of the writer thread, each for many items at once, with the checks that come before them."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, insert, null, select, update
from sqlalchemy.dialects import postgresql, sqlite

from rlve.server.tables import (
    OPEN,
    TABLES,
    FutureRow,
    Row,
    columns_of,
    futures,
    key_of,
    metadata,
    values_of,
)
from rlve.server.writer import Conflict, StoreError

INT64 = range(-(2**63), 2**63)


class Submission(NamedTuple):
    """new: stored now. same: it was there already, with that digest. other: the name is taken by another request.

    The future is the stored one; an older one comes without its payload.
    """

    outcome: Literal["new", "same", "other"]
    future: FutureRow


@dataclass(frozen=True, slots=True)
class Add:
    """A row to insert; with `replace` it may take the place of one with its key.

    Adding the very same row again is no error.
    """

    row: Row
    replace: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """New values for some columns of one row: Change(ModelRow, model_id, {"status": "ready"})."""

    row_type: type[Row]
    key: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a future ended, and what else is true from then on."""

    id: str
    values: dict[str, Any]
    also: Sequence[Add | Change]


NOTED = {"sessions": "last_seen", "models": "last_request_at", "futures": "retrieved_at"}
"""Table → the column that notes fill."""
Notes = dict[tuple[str, str], float]
"""(table, id) → time."""


def is_key(text: str) -> bool:
    """Whether it can be the id of anything; a database driver may choke on what cannot."""
    return text.isascii() and "\0" not in text


def storable(text: str) -> str:
    """Any text without what some database would refuse: PostgreSQL has no NUL, neither has lone surrogates."""
    return text.encode("utf-8", "replace").decode().replace("\0", "�")


def check(change: Add | Change) -> None:
    """ValueError for values that some database would refuse, before anything waits for them."""
    if isinstance(change, Add):
        row_type, key = type(change.row), getattr(change.row, key_of(TABLES[type(change.row)]).name)
        values = values_of(change.row)
    else:
        row_type, key, values = change.row_type, change.key, change.values
        if unknown := values.keys() - TABLES[row_type].c.keys():
            raise ValueError(f"{row_type.__name__} has no field {', '.join(sorted(unknown))}")
    if not is_key(key):
        raise ValueError(f"the key of a {row_type.__name__} must be ASCII without NUL, got {key!r}")
    for name, value in values.items():
        if isinstance(value, dict | list):
            json.dumps(value, allow_nan=False)
        elif isinstance(value, str) and ("\0" in value or any("\ud800" <= each <= "\udfff" for each in value)):
            raise ValueError(f"{name} must be text without NUL and lone surrogates, got {value[:80]!r}")
        elif isinstance(value, int) and value not in INT64:
            raise ValueError(f"{name} must fit in 64 bits, got {value}")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} must be finite, got {value}")


def call_each(connection: Connection, calls: list[Callable[[Connection], Any]]) -> list[Any]:
    """The step for writes that have no step of their own."""
    outcomes: list[Any] = []
    for call in calls:
        try:
            outcomes.append(call(connection))
        except StoreError as error:
            outcomes.append(error)
    return outcomes


def insert_futures(connection: Connection, rows: list[FutureRow]) -> list[Submission]:
    """All in one statement; the database skips those whose name is taken, and what it skipped is looked up."""
    rows = [row if row.digest else replace(row, digest=digest_of(row)) for row in rows]
    statement = _INSERT_FUTURES[connection.dialect.name]
    inserted = set(connection.scalars(statement, [values_of(row) for row in rows]))
    submissions: list[Submission] = []
    for row in rows:
        if row.id in inserted:
            submissions.append(Submission("new", row))
            continue
        taken = (futures.c.lane == row.lane) & (futures.c.kind_group == row.kind_group) & (futures.c.seq == row.seq)
        existing = FutureRow(
            *connection.execute(futures_without("payload").where(taken | (futures.c.id == row.id))).one()
        )
        if existing.id == row.id:
            submissions.append(Submission("new", row))  # committed by a transaction whose success was not heard
        else:
            submissions.append(Submission("same" if existing.digest == row.digest else "other", existing))
    return submissions


def digest_of(row: FutureRow) -> bytes:
    digest = blake2b(row.content_type.encode() + b"\0", digest_size=16)
    digest.update(row.payload or b"")
    return digest.digest()


def write_outcomes(connection: Connection, outcomes: list[Outcome]) -> list[bool | StoreError]:
    """Whether each future was open and its outcome is stored now."""
    ids = [outcome.id for outcome in outcomes]
    still_open = set(connection.scalars(_OPEN_AMONG, {"ids": ids}))
    updates: list[dict[str, Any]] = []
    answers: list[bool | StoreError] = []
    for outcome in outcomes:
        if outcome.id not in still_open:
            answers.append(False)
            continue
        try:
            apply(connection, outcome.also)
        except StoreError as error:
            answers.append(error)
            continue
        still_open.remove(outcome.id)
        updates.append({"future": outcome.id, **outcome.values})
        answers.append(True)
    if updates:
        connection.execute(_SET_OUTCOME, updates)
    return answers


def apply(connection: Connection, changes: Sequence[Add | Change]) -> int:
    """Makes all of them, or raises Conflict and has made none. Returns how many found their row."""
    existing = [_existing(connection, change) if isinstance(change, Add) else None for change in changes]
    count = 0
    for change, found in zip(changes, existing, strict=True):
        if isinstance(change, Change):
            table = TABLES[change.row_type]
            count += connection.execute(update(table).where(key_of(table) == change.key).values(change.values)).rowcount
            continue
        count += 1
        table = TABLES[type(change.row)]
        if found and found != change.row:
            connection.execute(delete(table).where(key_of(table) == getattr(change.row, key_of(table).name)))
        if found != change.row:
            connection.execute(insert(table).values(values_of(change.row)))
    return count


def _existing(connection: Connection, add: Add) -> Row | None:
    row_type = type(add.row)
    key = key_of(TABLES[row_type])
    value = getattr(add.row, key.name)
    found = connection.execute(select(*columns_of(row_type, TABLES[row_type])).where(key == value)).first()
    if found is None:
        return None
    existing = row_type(*found)
    if not add.replace and existing != add.row:
        raise Conflict(f"{value} exists already; expected a new {key.name}")
    return existing


def write_notes(notes: Notes, connection: Connection) -> None:
    for name, column in NOTED.items():
        table = metadata.tables[name]
        times = [{"key": key, "at": at} for (noted, key), at in notes.items() if noted == name]
        if times:
            connection.execute(
                update(table).where(key_of(table) == bindparam("key")).values({column: bindparam("at")}), times
            )


def futures_without(blob: str) -> Select[Any]:
    """Whole FutureRows but for a blob that can be large."""
    columns = columns_of(FutureRow, futures)
    return select(*(null().label(blob) if column.name == blob else column for column in columns))


_INSERT_FUTURES = {
    "sqlite": sqlite.insert(futures).on_conflict_do_nothing().returning(futures.c.id),
    "postgresql": postgresql.insert(futures).on_conflict_do_nothing().returning(futures.c.id),
}
_OPEN_AMONG = select(futures.c.id).where(futures.c.id.in_(bindparam("ids", expanding=True)), futures.c.status.in_(OPEN))
_SET_OUTCOME = (
    update(futures)
    .where(futures.c.id == bindparam("future"))
    .values({name: bindparam(name) for name in ("status", "result", "result_type", "error", "category", "finished_at")})
)
