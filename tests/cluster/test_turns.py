"""Who shares devices takes turns: never two kinds at once, devices prepared in between, and nobody waits for ever."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest

from rlve.cluster.turns import Kind, Turns


class Devices:
    """Notes what they are prepared for, and who is in."""

    def __init__(self) -> None:
        self.story: list[str] = []
        self.inside: list[str] = []
        self.fails = False
        self.turns = Turns({kind: self.preparing(kind) for kind in ("sample", "train", "sync")})

    def preparing(self, kind: Kind) -> Any:
        async def prepare() -> None:
            assert not [each for each in self.inside if each != "sync"]
            await asyncio.sleep(0)
            if self.fails:
                raise RuntimeError("an engine is gone")
            self.story.append(f"prepare {kind}")

        return prepare

    async def call(self, kind: Kind, pauses: int = 1) -> None:
        async with self.turns.turn(kind):
            self.inside.append(kind)
            assert len(set(self.inside)) == 1
            assert kind != "sync" or len(self.inside) == 1
            for _ in range(pauses):
                await asyncio.sleep(0)
            self.inside.remove(kind)
            self.story.append(kind)


def run(devices: Devices, *calls: Coroutine[Any, Any, None]) -> list[str]:
    async def together() -> None:
        async with asyncio.timeout(5):
            await asyncio.gather(*calls)

    asyncio.run(together())
    return devices.story


def test_calls_of_a_kind_run_together_and_devices_change_between_kinds_only() -> None:
    devices = Devices()
    story = run(devices, *(devices.call(kind, 3) for kind in ("sample", "sample", "train", "sample", "train", "sync")))
    # The third sample comes while a training call waits.
    assert story == [
        *("prepare sample", "sample", "sample", "sample"),
        *("prepare train", "train", "train"),
        *("prepare sync", "sync"),
    ]


def test_who_comes_while_others_wait_goes_behind_them() -> None:
    devices = Devices()

    async def samples() -> None:
        for _ in range(4):
            await devices.call("sample", 3)

    async def train() -> None:
        await asyncio.sleep(0)
        await devices.call("train")

    story = run(devices, samples(), samples(), train())
    assert story.index("train") < 6
    assert story.count("sample") == 8


def test_a_sync_goes_on_to_sampling_before_anyone_else_trains() -> None:
    devices = Devices()

    async def sync() -> None:
        async with devices.turns.turn("sync"):
            devices.story.append("weights")
            await devices.turns.go_on("sample")
            devices.story.append("probe")

    story = run(devices, sync(), devices.call("train"), devices.call("sample"))
    assert story == [
        *("prepare sync", "weights", "prepare sample", "probe"),
        *("prepare train", "train", "prepare sample", "sample"),
    ]


def test_who_gives_up_waiting_blocks_nobody() -> None:
    devices = Devices()

    async def give_up() -> None:
        waiting = asyncio.create_task(devices.call("train"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    story = run(devices, devices.call("sample", 4), give_up(), devices.call("sync"), devices.call("sample"))
    assert "train" not in story
    assert story.count("sample") == 2
    assert story.count("sync") == 1


def test_a_failure_reaches_who_waits_and_a_later_call_tries_again() -> None:
    devices = Devices()

    async def fail() -> None:
        devices.fails = True
        with pytest.raises(RuntimeError, match="gone"):
            await devices.call("sample")
        devices.fails = False
        await devices.call("sample")

    assert run(devices, fail()) == ["prepare sample", "sample"]
