"""What the store promises, on SQLite and, where RLVE_TEST_POSTGRES names an empty database, on PostgreSQL too."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert, text, update

from rlve.server.database import connect
from rlve.server.store import Store
from rlve.server.tables import CheckpointRow, FutureRow, ModelRow, SamplerRow, SessionRow, metadata, schema_version
from rlve.server.tables import sessions as sessions_table
from rlve.server.writer import Conflict, StoreError, Unavailable, Writer
from rlve.server.writes import Add, Change

SID = "5e551017"
MODEL = f"{SID}:train:0"
PATH = f"tinker://{MODEL}/weights/one"


POSTGRES = os.environ.get("RLVE_TEST_POSTGRES", "")


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRES else ["sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind; every promise below is checked on all of them."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.db'}"
    engine = create_engine(POSTGRES)
    metadata.drop_all(engine)
    engine.dispose()
    return POSTGRES


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def in_store(url: str, work: Callable[[Store], Awaitable[Any]], clock: Callable[[], float] | None = None) -> Any:
    """What `work` returns, in a store opened and closed around it."""

    async def run() -> Any:
        store = await Store.open(url, clock or Clock())
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def session(number: int = 0, **values: Any) -> SessionRow:
    return SessionRow(**{"id": f"{SID}{number}", "created_at": float(number), "last_seen": float(number)} | values)


def model(number: int = 0, **values: Any) -> ModelRow:
    row = ModelRow(f"{SID}:train:{number}", SID, number, "local/tiny", float(number), float(number), {"rank": 8})
    return replace(row, **values)


def checkpoint(name: str = "one", **values: Any) -> CheckpointRow:
    row = CheckpointRow(f"tinker://{MODEL}/weights/{name}", MODEL, "weights", name, f"weights/{name}", 1.0)
    return replace(row, **values)


def future(seq: int | None, payload: bytes = b"{}", id: str | None = None, **values: Any) -> FutureRow:
    row = FutureRow(id or f"f{seq}", "optim_step", "train", MODEL, 1.0, seq, MODEL, payload=payload)
    return replace(row, **values)


@pytest.mark.skipif(
    not POSTGRES,
    reason="RLVE_TEST_POSTGRES=postgresql+psycopg://user:password@host/database runs this file there too; "
    "it drops the store's tables",
)
def test_postgresql_is_found_under_its_short_name_too() -> None:
    short = POSTGRES.replace("postgresql+psycopg://", "postgresql://")
    assert in_store(short, lambda store: store.counts()).open_futures >= 0


CHILD = """
import asyncio, sys
from rlve.server.store import Store
from rlve.server.tables import FutureRow

async def client(store, lane):
    for seq in range(1, 100_000):
        name = f"{lane}-{seq}"
        await store.submit(FutureRow(name, "optim_step", "train", lane, 0.0, seq, payload=name.encode()))
        if seq % 2:
            await store.finish(name, name.encode(), "json")
        print(name, flush=True)

async def main():
    store = await Store.open(sys.argv[1])
    print("open", flush=True)
    await asyncio.gather(*(client(store, f"lane{lane}") for lane in range(int(sys.argv[2]))))
    await asyncio.sleep(600)

asyncio.run(main())
"""


def start_child(url: str, clients: int) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", CHILD, url, str(clients)], stdout=subprocess.PIPE, text=True)
    assert child.stdout and child.stdout.readline() == "open\n"
    return child


def test_what_was_acknowledged_survives_kill_9(url: str) -> None:
    child = start_child(url, 8)
    assert child.stdout
    acknowledged = [child.stdout.readline().strip() for _ in range(500)]
    child.send_signal(signal.SIGKILL)
    # The last line may be cut short.
    acknowledged += child.stdout.read().split("\n")[:-1]
    child.wait()

    async def missing(store: Store) -> list[str]:
        found = [(name, await store.future(name), await store.payload(name)) for name in acknowledged]
        return [
            name
            for name, row, payload in found
            if not row or payload != name.encode() or row.result != (payload if row.seq and row.seq % 2 else None)
        ]

    assert in_store(url, missing) == []
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_database_has_one_server_at_a_time(url: str) -> None:
    child = start_child(url, 0)
    try:
        with pytest.raises(StoreError, match="in use by another server"):
            in_store(url, lambda store: store.counts())
    finally:
        child.kill()
        child.communicate()
    assert in_store(url, lambda store: store.counts()).sessions == 0


def test_a_submission_is_new_then_the_same_then_another_if_its_payload_differs(url: str) -> None:
    async def work(store: Store) -> list[tuple[str, str]]:
        rows = [
            future(1),
            future(1, id="again"),
            future(1, b"[]", id="changed"),
            future(1, id="s", kind_group="sample"),
        ]
        return [(found.outcome, found.future.id) for found in [await store.submit(row) for row in rows]]

    assert in_store(url, work) == [("new", "f1"), ("same", "f1"), ("other", "f1"), ("new", "s")]


def test_a_given_digest_decides_instead_of_the_payload(url: str) -> None:
    async def work(store: Store) -> list[str]:
        rows = [future(1, b"zstd 1", digest=b"d" * 16), future(1, b"zstd 2", id="again", digest=b"d" * 16)]
        return [(await store.submit(row)).outcome for row in rows]

    assert in_store(url, work) == ["new", "same"]


def test_submissions_without_a_number_are_always_new(url: str) -> None:
    async def work(store: Store) -> list[str]:
        return [(await store.submit(future(None, id=f"free{number}"))).outcome for number in range(3)]

    assert in_store(url, work) == ["new"] * 3


def test_a_resent_submission_gets_the_outcome_that_the_first_one_had(url: str) -> None:
    async def work(store: Store) -> FutureRow:
        await store.submit(future(1))
        await store.finish("f1", b"result", "protobuf")
        return (await store.submit(future(1, id="again"))).future

    found = in_store(url, work)
    assert (found.id, found.status, found.result, found.result_type) == ("f1", "done", b"result", "protobuf")


def test_of_many_that_submit_one_number_at_once_one_is_first(url: str) -> None:
    async def work(store: Store) -> list[str]:
        found = await asyncio.gather(*(store.submit(future(2**62, id=f"racer{number}")) for number in range(64)))
        assert len({each.future.id for each in found}) == 1
        return sorted(each.outcome for each in found)

    assert in_store(url, work) == ["new"] + ["same"] * 63


def test_a_number_beyond_64_bits_fails_alone(url: str) -> None:
    async def work(store: Store) -> list[Any]:
        rows = [future(seq) for seq in (1, 2**63, 2)]
        return await asyncio.gather(*(store.submit(row) for row in rows), return_exceptions=True)

    first, bad, last = in_store(url, work)
    assert isinstance(bad, ValueError) and "64 bits" in str(bad)
    assert first.outcome == last.outcome == "new"


def test_a_row_that_the_driver_refuses_fails_alone(url: str) -> None:
    async def work(store: Store) -> int:
        rows = [future(seq, kind="\ud800" if seq == 20 else "optim_step") for seq in range(40)]
        found = await asyncio.gather(*(store.submit(row) for row in rows), return_exceptions=True)
        assert [seq for seq, each in enumerate(found) if isinstance(each, UnicodeEncodeError)] == [20]
        return len(await store.log_of(MODEL))

    assert in_store(url, work) == 39


def test_a_write_that_breaks_halfway_leaves_nothing_and_its_neighbours_everything(url: str) -> None:
    begun, proceed = threading.Event(), threading.Event()

    def hold(connection: Connection, items: list[Any]) -> list[Any]:
        begun.set()
        proceed.wait(10)
        return items

    def add(connection: Connection, items: list[Any]) -> list[Any]:
        for item in items:
            connection.execute(insert(sessions_table).values(id=item, created_at=0, last_seen=0, tags=[]))
            if item == "bad":
                raise ArithmeticError("after it wrote")
        return items

    async def run() -> list[Any]:
        database = connect(url, 1)
        writer = Writer(database.writing)
        first = asyncio.create_task(writer.write(hold, None))
        await asyncio.to_thread(begun.wait, 10)
        group = [asyncio.create_task(writer.write(add, name)) for name in ("a", "b", "bad", "b", "c")]
        await asyncio.sleep(0)
        proceed.set()
        outcomes = await asyncio.gather(first, *group, return_exceptions=True)
        await writer.close()
        database.close()
        return outcomes[1:]

    a, b, bad, again, c = asyncio.run(run())
    assert (a, b, c) == ("a", "b", "c")
    assert isinstance(bad, ArithmeticError) and isinstance(again, Conflict)
    assert [row.id for row in in_store(url, lambda store: store.list_sessions(9)).rows] == ["c", "b", "a"]


def test_a_full_database_fails_what_does_not_fit_and_goes_on(tmp_path: Path) -> None:
    def add(connection: Connection, items: list[int]) -> list[int]:
        for number, size in enumerate(items):
            name = f"{size}-{number}" + "x" * size
            connection.execute(insert(sessions_table).values(id=name, created_at=0, last_seen=0, tags=[]))
        return items

    async def run() -> list[Any]:
        database = connect(f"sqlite:///{tmp_path / 'store.db'}", 1)
        with database.writing.connect() as connection:
            connection.execute(text("PRAGMA max_page_count=50"))
        writer = Writer(database.writing)
        sizes = (1, 10_000_000, 2)
        outcomes = await asyncio.gather(*(writer.write(add, size) for size in sizes), return_exceptions=True)
        await writer.close()
        database.close()
        return outcomes

    small, large, other = asyncio.run(run())
    assert (small, other) == (1, 2)
    assert isinstance(large, Unavailable) and "full" in str(large) and len(str(large)) < 200


def test_an_outcome_and_its_rows_are_stored_together_or_not_at_all(url: str) -> None:
    sampler = SamplerRow("s0", SID, "local/tiny", 1.0, sampling_session_seq_id=0)
    refused = (
        [Add(checkpoint("two")), Add(checkpoint("one", size_bytes=9))],  # seen before anything is written
        [Add(checkpoint("two")), Add(replace(sampler, id="s1"))],  # seen by the database only: the number is taken
        [Change(ModelRow, MODEL, {"status": "ready"}), Add(checkpoint("two")), Add(checkpoint("two", size_bytes=1))],
    )

    async def work(store: Store) -> None:
        await store.add_model(model())
        await store.add_sampler(sampler)
        await store.add_checkpoint(checkpoint("one"))
        await store.submit(future(1))
        for rows in refused:
            with pytest.raises(Conflict):
                await store.finish("f1", b"", "json", rows)
            assert (await store.future("f1")) == replace((await store.pending())[0], payload=None)
            assert await store.checkpoint(f"tinker://{MODEL}/weights/two") is None
            assert await store.model(MODEL) == model()
        also = [
            Change(ModelRow, MODEL, {"status": "ready", "snapshot_seq": 1}),
            Add(checkpoint("two")),
            Add(checkpoint("one", size_bytes=9), replace=True),
            Add(replace(sampler, id="s1", sampling_session_seq_id=1)),
        ]
        assert await store.finish("f1", b"", "json", also)
        assert await store.model(MODEL) == model(status="ready", snapshot_seq=1)
        assert await store.checkpoint(PATH) == checkpoint("one", size_bytes=9)
        assert [row.id for row in await store.samplers_of(SID)] == ["s0", "s1"]

    in_store(url, work)


def test_the_first_outcome_of_a_future_stays(url: str) -> None:
    async def work(store: Store) -> None:
        await store.submit(future(1))
        await store.mark_running("f1")
        assert [row.status for row in await store.pending()] == ["running"]
        answers = await asyncio.gather(
            store.fail("f1", "no\0 such \ud800 layer", "user"), store.finish("f1", b"", "json")
        )
        assert answers == [True, False]
        assert not await store.finish("f1", b"late", "json", [Add(checkpoint())])
        assert not await store.finish("unknown", b"", "json")
        assert await store.checkpoint(PATH) is None
        row = await store.future("f1")
        assert row and (row.status, row.error, row.category) == ("failed", "no� such ? layer", "user")
        assert (row.result, row.finished_at) == (None, 1000.0)

    in_store(url, work)


def test_after_a_restart_every_row_is_as_it_was(url: str) -> None:
    rows = (
        session(tags=["a", "ß"], user_metadata={"k": "v", "n": [1, None]}, display_name="mine"),
        model(user_metadata={"k": "v"}, error="why"),
        SamplerRow("s0", SID, "local/tiny", 1.0, model_id=MODEL, model_seq=2**62, tinker_path=PATH),
        checkpoint(size_bytes=2**40, expires_at=7.25, public=True, info={"lora_rank": 8}),
    )

    async def add(store: Store) -> None:
        await store.add_session(rows[0])
        await store.add_model(rows[1])
        await store.add_sampler(rows[2])
        await store.add_checkpoint(rows[3])
        await store.submit(future(3, b"\0\xff", digest=b"d" * 16))

    async def read(store: Store) -> tuple[Any, ...]:
        one = (await store.session(f"{SID}0"), await store.model(MODEL), await store.sampler("s0"))
        return *one, await store.checkpoint(PATH), await store.pending()

    in_store(url, add)
    assert in_store(url, read) == (*rows, [future(3, b"\0\xff", digest=b"d" * 16)])


def test_pending_futures_come_in_the_order_of_arrival_and_a_lane_in_that_of_its_numbers(url: str) -> None:
    async def work(store: Store) -> None:
        for seq in (3, 1, 4, 2):
            await store.submit(future(seq, f"{seq}".encode(), created_at=-float(seq)))
        await store.submit(future(9, id="other", lane="other"))
        await store.finish("f1", b"large", "json")
        assert [row.id for row in await store.pending()] == ["f3", "f4", "f2", "other"]
        assert [(row.seq, row.payload, row.result) for row in await store.log_of(MODEL, limit=2)] == [
            (1, b"1", None),
            (2, b"2", None),
        ]
        assert [row.seq for row in await store.log_of(MODEL, after_seq=2)] == [3, 4]
        assert (await store.last_seq(MODEL), await store.last_seq("none")) == (4, None)

    in_store(url, work)


def test_only_payloads_of_finished_operations_up_to_the_snapshot_are_dropped(url: str) -> None:
    async def work(store: Store) -> None:
        for seq in (1, 2, 3, 4):
            await store.submit(future(seq))
        for seq in (1, 3, 4):
            await store.finish(f"f{seq}", b"", "json")
        assert await store.drop_payloads(MODEL, upto_seq=3) == 2
        assert [row.payload for row in await store.log_of(MODEL)] == [None, b"{}", None, b"{}"]
        assert (await store.submit(future(1, id="again"))).outcome == "same"

    in_store(url, work)


def test_cleanup_deletes_old_outcomes_but_not_what_a_restart_must_replay(url: str) -> None:
    clock = Clock()

    async def work(store: Store) -> None:
        await store.add_model(model(0, status="ready", snapshot_seq=1))
        await store.add_model(model(1, status="ended"))
        for seq in (1, 2, 3):
            await store.submit(future(seq))
        await store.submit(future(1, id="ended", lane="x", model_id=f"{SID}:train:1"))
        await store.submit(future(1, id="sample", kind_group="sample"))
        for id in ("f1", "f2", "ended", "sample"):
            await store.finish(id, b"", "json")
        clock.now += 60
        await store.submit(future(4))
        await store.finish("f4", b"", "json")
        assert await store.cleanup(61) == 0
        assert await store.cleanup(59) == 3
        assert [row.seq for row in await store.log_of(MODEL)] == [2, 3, 4]
        assert await store.future("ended") is None and await store.future("sample") is None
        await store.update_model(MODEL, status="ended")
        assert await store.cleanup(59) == 1

    in_store(url, work, clock)


def test_cleanup_deletes_more_than_one_portion(url: str) -> None:
    clock = Clock()

    async def work(store: Store) -> int:
        rows = [future(seq, status="failed", finished_at=1000.0) for seq in range(2500)]
        await asyncio.gather(*(store.submit(row) for row in rows))
        clock.now += 10
        return await store.cleanup(5)

    assert in_store(url, work, clock) == 2500


def test_heartbeats_are_seen_at_once_and_are_stored_by_the_next_start(url: str) -> None:
    async def beat(store: Store) -> None:
        for number in range(3):
            await store.add_session(session(number))
        store.touch_sessions([f"{SID}0", f"{SID}1", "unknown"], 50.0)
        found = await store.session(f"{SID}0")
        assert found and found.last_seen == 50.0
        assert [row.id for row in await store.expired_sessions(before=40.0)] == [f"{SID}2"]
        await store.add_model(model())
        await store.submit(future(1))
        store.touch_sessions([f"{SID}0"], 60.0)
        store.touch_model(MODEL, 70.0)
        store.mark_retrieved("f1", 80.0)

    async def read(store: Store) -> list[float | None]:
        found = await store.session(f"{SID}0"), await store.model(MODEL), await store.future("f1")
        assert found[0] and found[1] and found[2]
        return [found[0].last_seen, found[1].last_request_at, found[2].retrieved_at]

    in_store(url, beat)
    assert in_store(url, read) == [60.0, 70.0, 80.0]


def test_a_session_ends_once_and_is_never_expired_afterwards(url: str) -> None:
    async def work(store: Store) -> None:
        await store.add_session(session())
        assert await store.end_session(f"{SID}0", "success")
        assert not await store.end_session(f"{SID}0", "expired")
        assert not await store.end_session("unknown", "expired")
        found = await store.session(f"{SID}0")
        assert found and (found.end_reason, found.ended_at) == ("success", 1000.0)
        assert await store.expired_sessions(before=1e9) == []

    in_store(url, work)


def test_lists_come_newest_first_and_in_pages_with_their_total(url: str) -> None:
    async def work(store: Store) -> None:
        for number in (2, 0, 1, 3):
            await store.add_session(session(number))
            await store.add_model(model(number, status="ready" if number % 2 else "failed"))
            await store.add_checkpoint(checkpoint(f"c{number}", created_at=5.0, model_id=f"m{number % 2}"))
        page = await store.list_sessions(2, offset=1)
        assert ([row.id for row in page.rows], page.total) == ([f"{SID}2", f"{SID}1"], 4)
        page = await store.list_models(10, offset=3)
        assert ([row.model_seq_id for row in page.rows], page.total) == ([0], 4)
        page = await store.list_checkpoints(10, model_id="m1")
        assert ([row.name for row in page.rows], page.total) == (["c3", "c1"], 2)
        assert (await store.list_checkpoints(0)).total == 4
        assert [row.model_seq_id for row in await store.models_of(SID)] == [0, 1, 2, 3]
        assert [row.model_seq_id for row in await store.live_models()] == [1, 3]
        counts = await store.counts()
        assert (counts.sessions, counts.models, counts.open_futures, counts.checkpoints) == (4, 2, 0, 4)

    in_store(url, work)


def test_a_checkpoint_is_replaced_only_where_that_is_asked(url: str) -> None:
    async def work(store: Store) -> None:
        await store.add_checkpoint(checkpoint(expires_at=5.0, user_metadata={"old": "1"}))
        with pytest.raises(Conflict, match="exists already"):
            await store.add_checkpoint(checkpoint(size_bytes=1))
        await store.add_checkpoint(checkpoint(size_bytes=2), replace=True)
        assert await store.checkpoint(PATH) == checkpoint(size_bytes=2)
        assert await store.delete_checkpoint(PATH) and not await store.delete_checkpoint(PATH)

    in_store(url, work)


def test_a_checkpoint_expires_when_its_time_has_come(url: str) -> None:
    async def work(store: Store) -> None:
        for name in ("one", "two", "three"):
            await store.add_checkpoint(checkpoint(name))
        assert await store.set_ttl(PATH, 1000.0)
        assert await store.set_ttl(f"tinker://{MODEL}/weights/two", 1000.5)
        assert await store.set_public(PATH, True)
        assert not await store.set_ttl("tinker://no/weights/no", 1.0)
        assert [(row.name, row.public) for row in await store.expired_checkpoints()] == [("one", True)]
        assert await store.set_ttl(PATH, None)
        assert await store.expired_checkpoints() == []

    in_store(url, work)


@pytest.mark.parametrize("id", ["", "no", "\0", "\ud800", "١٢", "x" * 10_000, "'; DROP TABLE futures; --"])
def test_an_id_that_nothing_has_finds_nothing(url: str, id: str) -> None:
    async def work(store: Store) -> list[Any]:
        found = [await store.future(id), await store.session(id), await store.model(id)]
        return [*found, await store.sampler(id), await store.checkpoint(id)]

    assert in_store(url, work) == [None] * 5


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (session(id="ß"), "ASCII"),
        (session(display_name="a\0"), "display_name must be text without NUL"),
        (session(user_metadata={"x": float("nan")}), "not JSON compliant"),
        (session(last_seen=float("inf")), "last_seen must be finite"),
    ],
)
def test_values_that_some_database_would_refuse_are_refused_by_name(
    tmp_path: Path, row: SessionRow, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        in_store(f"sqlite:///{tmp_path / 'store.db'}", lambda store: store.add_session(row))


def test_a_cancelled_caller_disturbs_nobody(url: str) -> None:
    async def work(store: Store) -> list[str]:
        tasks = [asyncio.create_task(store.submit(future(seq))) for seq in range(10)]
        await asyncio.sleep(0)
        tasks[5].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return [(await store.submit(future(seq, id=f"again{seq}"))).outcome for seq in range(10)]

    assert in_store(url, work) == ["same"] * 10


def test_a_database_of_a_newer_schema_is_refused_and_left_alone(url: str) -> None:
    in_store(url, lambda store: store.add_session(session()))
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(update(schema_version).values(version=2))
    with pytest.raises(StoreError, match="has schema version 2, expected 1"):
        in_store(url, lambda store: store.counts())
    with engine.begin() as connection:
        connection.execute(update(schema_version).values(version=1))
    engine.dispose()
    assert in_store(url, lambda store: store.counts()).sessions == 1


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    file.write_text("notes " * 1000)
    with pytest.raises(StoreError, match="file is not a database"):
        in_store(f"sqlite:///{file}", lambda store: store.counts())
    assert file.read_text() == "notes " * 1000


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://root:secret@host/x", "store.db", ""])
def test_a_url_of_another_kind_is_refused_without_its_password(address: str) -> None:
    with pytest.raises(StoreError, match=r"expected sqlite:///path/to/file\.db") as caught:
        in_store(address, lambda store: store.counts())
    assert "secret" not in str(caught.value)


def test_only_the_owner_may_read_the_database(tmp_path: Path) -> None:
    async def modes(store: Store) -> set[int]:
        await store.submit(future(1))
        return {file.stat().st_mode & 0o777 for file in tmp_path.glob("store.db*") if not file.name.endswith(".lock")}

    assert in_store(f"sqlite:///{tmp_path / 'store.db'}", modes) == {0o600}


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    async def run() -> None:
        store = await Store.open(f"sqlite:///{tmp_path / 'store.db'}")
        await store.close()
        await store.submit(future(1))

    with pytest.raises(StoreError, match="the store is closed"):
        asyncio.run(run())
