"""Two engines on one database, one to write and one to read, with its tables made and its version checked.

SQLite by default, PostgreSQL by URL. Only one process at a time may hold a database: the second is refused.
"""

import fcntl
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from sqlalchemy import URL, Engine, create_engine, event, insert, inspect, make_url, select
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from rlve.server.tables import SCHEMA_VERSION, metadata, schema_version
from rlve.server.writer import StoreError, named

BUSY_SECONDS = 10
"""How long to wait for a lock that someone else holds, such as a shell on the database file."""
_ADVISORY_LOCK = int.from_bytes(b"rlve-srv")


@dataclass(frozen=True, slots=True)
class Database:
    writing: Engine
    reading: Engine
    lock: IO[bytes] | None

    def close(self) -> None:
        # The writer last: SQLite's last connection moves the log into the database.
        self.reading.dispose()
        self.writing.dispose()
        if self.lock:
            self.lock.close()


def connect(url: str, readers: int) -> Database:
    """StoreError for a URL of another kind, a database that is in use, and one of a newer schema."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreError("the database URL cannot be read; expected sqlite:///path/to/file.db") from None
    kind = parsed.get_backend_name()
    if kind == "sqlite" and parsed.database and parsed.database != ":memory:":
        path = Path(parsed.database)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)  # prompts are private; SQLite gives its other files the same mode
        database = Database(_sqlite(parsed, True, 1), _sqlite(parsed, False, readers), _hold(path))
    elif kind == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        database = Database(_postgresql(parsed, True, 1), _postgresql(parsed, False, readers), None)
    else:
        raise StoreError(f"expected sqlite:///path/to/file.db or postgresql+psycopg://…, got {parsed}")
    try:
        _prepare(database.writing)
    except SQLAlchemyError as error:
        database.close()
        raise StoreError(f"cannot open {parsed}: {getattr(error, 'orig', None) or error}") from named(error)
    except StoreError:
        database.close()
        raise
    return database


def _prepare(engine: Engine) -> None:
    with engine.begin() as connection:
        if not inspect(connection).has_table(schema_version.name):
            metadata.create_all(connection)
            connection.execute(insert(schema_version).values(version=SCHEMA_VERSION))
        version = connection.scalar(select(schema_version.c.version))
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"{engine.url} has schema version {version}, expected {SCHEMA_VERSION}: "
            "it was written by another rlve; install that one, or name another database"
        )


def _hold(path: Path) -> IO[bytes]:
    """Ends with the process, however that ends; children do not inherit it."""
    lock = path.with_name(path.name + ".lock").open("ab")
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise StoreError(f"{path} is in use by another server; stop it, or name another database") from None
    return lock


def _sqlite(url: URL, write: bool, connections: int) -> Engine:
    options: dict[str, Any] = {} if write else {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        **options,
    )
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "journal_size_limit=67108864") if write else ("query_only=1",)

    @event.listens_for(engine, "connect")
    def _(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver begins nothing by itself
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")

    if write:

        @event.listens_for(engine, "begin")
        def _(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgresql(url: URL, write: bool, connections: int) -> Engine:
    options: dict[str, Any] = {} if write else {"isolation_level": "AUTOCOMMIT", "pool_reset_on_return": None}
    engine = create_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        pool_pre_ping=True,  # a restart of PostgreSQL costs no request
        hide_parameters=True,
        # A server that vanished without a word is noticed within half a minute.
        connect_args={"connect_timeout": BUSY_SECONDS, "keepalives_idle": 15, "tcp_user_timeout": 30_000},
        **options,
    )
    if write:

        @event.listens_for(engine, "connect")
        def _(connection: Any, _record: object) -> None:
            # A process that was killed keeps the lock until PostgreSQL notices, hence the patience.
            deadline = time.monotonic() + BUSY_SECONDS
            while not connection.execute("SELECT pg_try_advisory_lock(%s)", (_ADVISORY_LOCK,)).fetchone()[0]:
                if time.monotonic() > deadline:
                    raise StoreError(f"{url} is in use by another server; stop it, or name another database")
                time.sleep(0.2)
            connection.commit()

    return engine
